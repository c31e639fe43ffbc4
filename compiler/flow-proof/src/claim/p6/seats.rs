//! Whether enough different people exist for the rules of a stage (Hall's condition): for every
//! choice of rules, at least as many people as they want together.

use flow_bundle::bundle::Approval;

use crate::people::{Crowd, Outside, Person, Role, Who};

/// More rules than this are not tried together.
const RULES_MAX: usize = 10;

/// The rules of a stage in one case of its branches.
pub(super) struct Seats<'s> {
    pub(super) stage: &'s Approval,
    pub(super) decide: &'s Who,
    pub(super) request: &'s Who,
    /// Of each rule.
    pub(super) sets: Vec<Who>,
    /// Of each rule; `None` where only a run knows one.
    pub(super) quorums: Option<Vec<u64>>,
}

pub(super) enum Verdict {
    Always(String),
    Perhaps(String),
}

/// Why a stage can never be met.
pub(super) enum Short {
    /// The set of the rule is empty.
    Nobody(usize),
    /// It holds the requester alone.
    Only(usize),
    /// Nobody in it may decide.
    Forbidden(usize),
    /// The rule wants more than there are.
    Few { rule: usize, quorum: u64, people: String },
    /// Rules together want more than there are.
    Rules { quorum: u64, people: String },
}

impl Short {
    /// Whether it depends on how many are wanted.
    pub(super) const fn is_of_quorum(&self) -> bool {
        matches!(self, Self::Few { .. } | Self::Rules { .. })
    }
}

/// Who asks: somebody who is named, or anybody else.
type Asks<'p> = Option<&'p str>;

impl Seats<'_> {
    pub(super) fn judge(&self) -> Result<Verdict, Short> {
        for (i, set) in self.sets.iter().enumerate() {
            let no = |crowd: &Option<Crowd<'_>>, and_decides: bool, and_asks: bool| {
                crowd.as_ref().is_some_and(|crowd| {
                    !crowd.has(|p| {
                        (and_asks || !p.asks)
                            && crowd.holds(set, p)
                            && (!and_decides || crowd.holds(self.decide, p))
                    })
                })
            };
            let crowd = Crowd::of([set]);
            if no(&crowd, false, true) {
                return Err(Short::Nobody(i));
            }
            if !self.stage.allow_self && no(&crowd, false, false) {
                return Err(Short::Only(i));
            }
            if no(&Crowd::of([set, self.decide]), true, self.stage.allow_self) {
                return Err(Short::Forbidden(i));
            }
        }
        let all = self.sets.iter().chain([self.decide, self.request]);
        let name = &self.stage.name;
        let Some(crowd) = Crowd::of(all) else {
            return Ok(Verdict::Perhaps(format!(
                "`{name}` asks too many outside sets to be counted"
            )));
        };
        let Some(quorums) = &self.quorums else {
            return Ok(Verdict::Perhaps(format!(
                "the quorum of `{name}` is known only when it runs"
            )));
        };
        if self.sets.len() > RULES_MAX {
            return Ok(Verdict::Perhaps(format!("`{name}` has too many rules to be counted")));
        }
        self.counted(&crowd, quorums)
    }

    fn counted(&self, crowd: &Crowd<'_>, quorums: &[u64]) -> Result<Verdict, Short> {
        let mut short = None;
        let mut is_possible = false;
        let mut doubt = None;
        for asks in self.askers(crowd) {
            match self.asked_by(crowd, quorums, asks) {
                Found::Enough => is_possible = true,
                Found::Perhaps(rules) => {
                    is_possible = true;
                    doubt = if asks.is_none() { Some(rules) } else { doubt.or(Some(rules)) };
                }
                // What is short whoever asks is told before what one person asking makes short.
                Found::Short(rules) if asks.is_none() => short = Some((asks, rules)),
                Found::Short(rules) => short = short.or(Some((asks, rules))),
            }
        }
        match (short, doubt) {
            (Some((_, rules)), _) if !is_possible => Err(self.short(crowd, quorums, &rules)),
            (_, Some(rules)) => Ok(Verdict::Perhaps(self.doubt(crowd, quorums, None, &rules))),
            // For some who ask, nobody is left.
            (Some((asks, rules)), None) => {
                Ok(Verdict::Perhaps(self.doubt(crowd, quorums, asks, &rules)))
            }
            (None, None) => Ok(Verdict::Always(self.said(crowd, quorums))),
        }
    }

    fn doubt(&self, crowd: &Crowd<'_>, quorums: &[u64], asks: Asks<'_>, rules: &[usize]) -> String {
        let name = &self.stage.name;
        if let Some(person) = asks.filter(|_| self.sets.len() > 1) {
            return format!("`{name}` cannot be met when {person} asks");
        }
        let quorum: u64 = rules.iter().filter_map(|i| quorums.get(*i)).sum();
        format!("`{name}`: quorum {quorum} of {}{}", self.size(crowd, rules), self.note())
    }

    fn said(&self, crowd: &Crowd<'_>, quorums: &[u64]) -> String {
        let all: Vec<usize> = (0..self.sets.len()).collect();
        if self.stage.distinct && all.len() > 1 {
            let wanted: u64 = quorums.iter().sum();
            let people = self.size(crowd, &all);
            return format!("{people}, {wanted} different ones wanted{}", self.note());
        }
        let parts = all.iter().map(|i| {
            let people = self.size(crowd, &[*i]);
            format!("{people}, quorum {}", quorums.get(*i).copied().unwrap_or_default())
        });
        format!("{}{}", parts.collect::<Vec<_>>().join("; "), self.note())
    }

    const fn note(&self) -> &'static str {
        if self.stage.allow_self { "" } else { ", requester left out" }
    }

    /// Who may ask, one of each kind.
    fn askers<'c>(&self, crowd: &Crowd<'c>) -> Vec<Asks<'c>> {
        crowd
            .one_of_each()
            .filter(|email| {
                crowd.everyone(*email, true, &Role::ALL).any(|p| crowd.holds(self.request, p))
            })
            .collect()
    }

    /// Whether the rules can be met when this person asks.
    fn asked_by(&self, crowd: &Crowd<'_>, quorums: &[u64], asks: Asks<'_>) -> Found {
        let mut open = None;
        for rules in self.choices() {
            let wanted: u64 = rules.iter().filter_map(|i| quorums.get(*i)).sum();
            if self.most(crowd, &rules, asks).is_some_and(|most| most < wanted) {
                return Found::Short(rules);
            }
            if self.fewest(crowd, &rules, asks) < wanted {
                open = open.or(Some(rules));
            }
        }
        open.map_or(Found::Enough, Found::Perhaps)
    }

    /// Every choice of rules that need different people, one alone first.
    fn choices(&self) -> Vec<Vec<usize>> {
        let rules = self.sets.len();
        let mut all: Vec<Vec<usize>> = (1_u32..1 << rules)
            .map(|bits| (0..rules).filter(|i| bits >> i & 1 == 1).collect::<Vec<usize>>())
            .filter(|chosen| chosen.len() == 1 || self.stage.distinct)
            .collect();
        all.sort_by_key(Vec::len);
        all
    }

    /// Whether this person counts for one of these rules.
    fn counts(&self, crowd: &Crowd<'_>, rules: &[usize], person: Person<'_>) -> bool {
        let mut sets = rules.iter().filter_map(|i| self.sets.get(*i));
        sets.any(|set| crowd.holds(set, person)) && crowd.holds(self.decide, person)
    }

    /// The most people that there can be; `None` where nothing bounds them.
    fn most(&self, crowd: &Crowd<'_>, rules: &[usize], asks: Asks<'_>) -> Option<u64> {
        let can = |email, is_asker| {
            crowd.everyone(email, is_asker, &Role::ALL).any(|p| self.counts(crowd, rules, p))
        };
        if can(None, false) {
            return None;
        }
        let named = count(crowd, asks, |email, is_asker| {
            (self.stage.allow_self || !is_asker) && can(email, is_asker)
        });
        let asker = u64::from(self.stage.allow_self && asks.is_none() && can(None, true));
        Some(named + asker)
    }

    /// The fewest people that there are for certain.
    fn fewest(&self, crowd: &Crowd<'_>, rules: &[usize], asks: Asks<'_>) -> u64 {
        let sure = |email: Asks<'_>, is_asker: bool, bit: u32| {
            (self.stage.allow_self || !is_asker)
                && crowd
                    .everyone(email, is_asker, &Role::HOUSE)
                    .filter(|p| p.bits & bit == bit)
                    .all(|p| self.counts(crowd, rules, p))
        };
        let named = count(crowd, asks, |email, is_asker| sure(email, is_asker, 0));
        let of_group = |(i, group): (usize, &&Outside)| {
            let bit = 1_u32 << i;
            if !sure(None, false, bit) {
                return 0;
            }
            // Of the promised number some may be people who do not count.
            let lost = count(crowd, asks, |email, is_asker| !sure(email, is_asker, bit));
            let asker = u64::from(asks.is_none() && !sure(None, true, bit));
            group.minimum.saturating_sub(lost + asker)
        };
        let groups = crowd.outside.iter().enumerate().map(of_group);
        groups.max().unwrap_or(0).max(named)
    }

    /// How many people these rules ask, in words, the requester counted too.
    fn size(&self, crowd: &Crowd<'_>, rules: &[usize]) -> String {
        let can = |email, is_asker| {
            crowd.everyone(email, is_asker, &Role::ALL).any(|p| self.counts(crowd, rules, p))
        };
        if !can(None, false) && !can(None, true) {
            let named = count(crowd, None, can);
            return if named == 1 { "1 person".to_owned() } else { format!("{named} people") };
        }
        let counting = Seats {
            stage: &Approval { allow_self: true, ..self.stage.clone() },
            decide: self.decide,
            request: self.request,
            sets: self.sets.clone(),
            quorums: None,
        };
        match counting.fewest(crowd, rules, None) {
            0 => "a set known only when it runs".to_owned(),
            1 => "at least 1 person".to_owned(),
            n => format!("at least {n} people"),
        }
    }

    fn short(&self, crowd: &Crowd<'_>, quorums: &[u64], rules: &[usize]) -> Short {
        let quorum = rules.iter().filter_map(|i| quorums.get(*i)).sum();
        let mut people = self.size(crowd, rules);
        if !self.stage.allow_self {
            let asks_inside = self.askers(crowd).iter().all(|asks| {
                asks.is_some_and(|e| {
                    crowd.everyone(Some(e), true, &Role::ALL).any(|p| self.counts(crowd, rules, p))
                })
            });
            if asks_inside {
                people.push_str(" less the one who asks");
            }
        }
        match rules {
            [rule] => Short::Few { rule: *rule, quorum, people },
            _ => Short::Rules { quorum, people },
        }
    }
}

enum Found {
    Enough,
    /// These rules may have too few.
    Perhaps(Vec<usize>),
    /// These rules have too few.
    Short(Vec<usize>),
}

/// How many of the named this holds of, where one of them may be the one who asks, of whose kind
/// it is the first.
fn count<'c>(crowd: &Crowd<'c>, asks: Asks<'_>, holds: impl Fn(Asks<'c>, bool) -> bool) -> u64 {
    let of_kind = |(email, all): &(&'c str, u64)| {
        let asking = u64::from(asks == Some(*email));
        let others = if holds(Some(email), false) { all - asking } else { 0 };
        let asker = if asking == 1 && holds(Some(email), true) { 1 } else { 0 };
        others + asker
    };
    crowd.alike.iter().map(of_kind).sum()
}
