//! People decide: may they, does it count, and is that enough.

use flow_bundle::bundle::{AskComment, HookEvent};
use flow_bundle::eval::eval;
use serde_json::json;

use super::work::Work;
use super::{end, extend, hooks, moments, notify, stages};
use crate::event::Click;
use crate::person::Person;
use crate::refusal::{Reason, Refusal};
use crate::rights::Rights;
use crate::scope::{approval, scope};
use crate::state::{About, Decided, Denial, End, ExtensionState, RuleNeed, StageState};

/// Which way a person decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Approve,
    Deny,
}

/// A person clicks.
pub(super) fn click(work: &mut Work<'_>, click: &Click, way: Way) -> Result<(), Refusal> {
    let by = work.event.by.clone().ok_or_else(|| Refusal::of(Reason::NotAnApprover))?;
    if !work.request.is_deciding() {
        return Err(Refusal::of(Reason::NotPending));
    }
    let name = named_stage(work, click)?;
    let mut about = work.about(Some(&name), None);
    about.comment = click.comment.clone().filter(|c| !c.trim().is_empty());
    may_decide(work, &name, &by)?;
    let stage = work.stage(&name).ok_or_else(|| Refusal::of(Reason::NotFound))?;
    let shown = stage.shown_as(&click.digest);
    about.digest = Some(shown.ok_or_else(|| Refusal::of(Reason::DigestChanged))?);
    let declared = approval(work.pinned.flow, &name);
    let wants_comment = declared.is_some_and(|a| a.ask_comment == AskComment::Required);
    if wants_comment && about.comment.is_none() {
        return Err(Refusal::of(Reason::CommentRequired));
    }
    let hook = match way {
        Way::Approve => HookEvent::OnApprove,
        Way::Deny => HookEvent::OnDeny,
    };
    hooks::start(work, hook, about)?;
    let waits = work.request.hooks.iter().any(|h| h.about.event == work.event.id && h.hook == hook);
    if waits {
        work.note = Some("a check runs first; you are told how it ends".to_owned());
    }
    Ok(())
}

fn named_stage(work: &Work<'_>, click: &Click) -> Result<String, Refusal> {
    if let Some(name) = &click.stage {
        let known = work.stage(name).is_some();
        return known.then(|| name.clone()).ok_or_else(|| {
            Refusal::because(Reason::NotFound, format!("there is no stage `{name}`"))
        });
    }
    let mut open = work.request.round().filter(|s| s.state == StageState::Open);
    match (open.next(), open.next()) {
        (Some(only), None) => Ok(only.name.clone()),
        _ => Err(Refusal::because(Reason::StageNotOpen, "say which stage you decide")),
    }
}

/// Whether `by` may decide this stage now, and for which rules they count.
fn may_decide(work: &Work<'_>, name: &str, by: &Person) -> Result<Vec<usize>, Refusal> {
    let (request, flow) = (&work.request, work.pinned.flow);
    if !request.is_deciding() {
        return Err(Refusal::of(Reason::AlreadyDecided));
    }
    let not_found = || Refusal::of(Reason::NotFound);
    let stage = work.stage(name).ok_or_else(not_found)?;
    let declared = approval(flow, name).ok_or_else(not_found)?;
    let over = stage.state == StageState::Expired
        || (stage.state == StageState::Open && stage.expires_at.is_some_and(|t| t <= work.at));
    if over {
        return Err(Refusal::of(Reason::Expired));
    }
    if stage.state == StageState::Waiting {
        return Err(Refusal::of(Reason::StageNotOpen));
    }
    let own = by.id == request.requester.id || by.id == request.by.id;
    if own && !declared.allow_self {
        return Err(Refusal::of(Reason::OwnRequest));
    }
    let rights = Rights { pinned: work.pinned, context: work.context, request, at: work.at };
    let rules = eligible(&rights, &stage.rules, by);
    if rules.is_empty() || !rights.may_decide(by) {
        return Err(stranger(work, name));
    }
    let before = stage.approvals.iter().chain(&stage.denials).any(|d| d.by.id == by.id);
    if before || stage.state != StageState::Open {
        return Err(Refusal::of(Reason::AlreadyDecided));
    }
    Ok(rules)
}

fn eligible(rights: &Rights<'_>, rules: &[RuleNeed], by: &Person) -> Vec<usize> {
    let numbered = rules.iter().enumerate();
    numbered.filter(|(_, rule)| rights.contains(&rule.approvers, by)).map(|(i, _)| i).collect()
}

/// What a stranger's click is told, in the flow's words where it has any.
fn stranger(work: &Work<'_>, name: &str) -> Refusal {
    let own = approval(work.pinned.flow, name).and_then(|a| a.refusal.as_ref());
    let scope = scope(work.pinned, &work.request, work.at, None);
    let own = own.and_then(|expr| eval(expr, &scope).ok());
    match own.and_then(|value| flow_bundle::print::print(&value).ok()) {
        Some(words) => Refusal::because(Reason::NotAnApprover, words),
        None => Refusal::of(Reason::NotAnApprover),
    }
}

/// `on_approve` has run: the approval counts, if it still may.
pub(super) fn count_approval(work: &mut Work<'_>, about: &About) -> Result<(), Refusal> {
    let Some(decided) = recheck(work, about)? else { return Ok(()) };
    let (name, decided) = decided;
    work.request.actors.insert("approve".to_owned(), decided.by.clone());
    let rule = rule_words(work, &name, &decided.rules);
    let facts = json!({ "stage": name, "by": decided.by.username, "comment": decided.comment,
        "digest": decided.digest });
    work.record("stage.approved", rule, facts);
    if let Some(stage) = work.stage_mut(&name) {
        stage.approvals.push(decided);
    }
    let distinct = approval(work.pinned.flow, &name).is_none_or(|a| a.distinct);
    let met = work.stage(&name).is_some_and(|s| is_met(&s.rules, &s.approvals, distinct));
    if !met {
        work.note = Some("counted; more people are needed".to_owned());
        return Ok(());
    }
    stages::settle(work, &name, StageState::Met, "quorum");
    stages::proceed(work)
}

/// `on_deny` has run: the denial counts, if it still may.
pub(super) fn count_denial(work: &mut Work<'_>, about: &About) -> Result<(), Refusal> {
    let Some(decided) = recheck(work, about)? else { return Ok(()) };
    let (name, decided) = decided;
    let by = decided.by.clone();
    let reason = decided.comment.clone();
    let rule = rule_words(work, &name, &decided.rules);
    let facts = json!({ "stage": name, "by": by.username, "comment": reason,
        "digest": decided.digest });
    work.record("stage.denied", rule, facts);
    if let Some(stage) = work.stage_mut(&name) {
        stage.denials.push(decided);
    }
    let wanted = approval(work.pinned.flow, &name).map_or(1, |a| a.denials.0.max(1));
    let given = work.stage(&name).map_or(0, |s| s.denials.len());
    if u64::try_from(given).unwrap_or(u64::MAX) < wanted {
        return Ok(());
    }
    stages::settle(work, &name, StageState::Denied, "denials");
    if work.request.extension().is_some() {
        extend::close(work, ExtensionState::Denied, &format!("{} has denied it.", by.name));
        return Ok(());
    }
    let told = format!("{} has denied your request.", by.name);
    notify::requester(work, told);
    work.request.denial = Some(Denial { by: Some(by), stage: Some(name), reason });
    end::end(work, End::Denied, "denials")
}

/// Looks again: between a click and the end of its hook anything may have changed. Where the click
/// is the event being handled the answer is given at once, else in a message.
fn recheck(work: &mut Work<'_>, about: &About) -> Result<Option<(String, Decided)>, Refusal> {
    let (Some(name), Some(clicked)) = (about.stage.clone(), about.actor.clone()) else {
        return Ok(None);
    };
    // As the directory knows them now: they may be gone since they clicked.
    let by = if about.event == work.event.id {
        clicked
    } else {
        let now = work.context.deciders.iter().find(|p| p.id == clicked.id);
        now.cloned().unwrap_or(Person { active: false, ..clicked })
    };
    let shown = work.stage(&name).zip(about.digest).map(|(s, d)| s.shown_as(&d.hex()));
    let may = may_decide(work, &name, &by).and_then(|rules| match shown {
        Some(None) => Err(Refusal::of(Reason::DigestChanged)),
        // A click of before an upgrade, which did not keep what had been shown.
        Some(Some(_)) | None => Ok(rules),
    });
    match may {
        Ok(rules) => {
            let (comment, digest) = (about.comment.clone(), about.digest);
            let decided = Decided { by, at: work.at, rules, digest, comment, source: about.source };
            Ok(Some((name, decided)))
        }
        Err(refusal) if about.event == work.event.id => Err(refusal),
        Err(refusal) => {
            moments::tell_refusal(work, about, &refusal);
            Ok(None)
        }
    }
}

fn rule_words(work: &Work<'_>, name: &str, rules: &[usize]) -> String {
    let declared = work.stage(name).map(|s| s.rules.as_slice()).unwrap_or_default();
    let named = rules.iter().filter_map(|i| declared.get(*i)).map(|r| r.name.as_str());
    let named: Vec<&str> = named.filter(|n| !n.is_empty()).collect();
    if named.is_empty() {
        format!("approvers of stage {name}")
    } else {
        format!("rules {} of stage {name}", named.join(", "))
    }
}

/// Whether the people who approved are enough for all rules. Where they must be distinct each is
/// given to one rule, by matching: a seat of a rule may be passed on to somebody else.
fn is_met(rules: &[RuleNeed], approvals: &[Decided], distinct: bool) -> bool {
    let mut people: Vec<&Decided> = Vec::new();
    for decided in approvals {
        if !people.iter().any(|p| p.by.id == decided.by.id) {
            people.push(decided);
        }
    }
    let numbered = || rules.iter().enumerate();
    if !distinct {
        return numbered().all(|(i, rule)| {
            let given = people.iter().filter(|p| p.rules.contains(&i)).count();
            given >= usize::try_from(rule.quorum).unwrap_or(usize::MAX)
        });
    }
    let seats = numbered().map(|(_, r)| u64::from(r.quorum)).sum::<u64>();
    if u64::try_from(people.len()).unwrap_or(0) < seats {
        return false;
    }
    // One seat per wanted approval; `taken` says who sits where.
    let seats: Vec<usize> =
        numbered().flat_map(|(i, rule)| (0..rule.quorum).map(move |_| i)).collect();
    let mut taken: Vec<Option<usize>> = vec![None; seats.len()];
    for person in 0..people.len() {
        let mut seen = vec![false; seats.len()];
        sit(person, &people, &seats, &mut taken, &mut seen);
    }
    taken.iter().all(Option::is_some)
}

/// Finds a seat for a person, moving others on where that helps.
fn sit(
    person: usize,
    people: &[&Decided],
    seats: &[usize],
    taken: &mut [Option<usize>],
    seen: &mut [bool],
) -> bool {
    for (seat, rule) in seats.iter().enumerate() {
        let fits = people.get(person).is_some_and(|p| p.rules.contains(rule));
        if !fits || seen.get(seat).copied().unwrap_or(true) {
            continue;
        }
        if let Some(mark) = seen.get_mut(seat) {
            *mark = true;
        }
        let free = match taken.get(seat).copied().flatten() {
            None => true,
            Some(other) => sit(other, people, seats, taken, seen),
        };
        if free {
            if let Some(place) = taken.get_mut(seat) {
                *place = Some(person);
            }
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use flow_bundle::value::Principals;
    use uuid::Uuid;

    use super::*;
    use crate::event::EventSource;
    use crate::ids::PersonId;
    use crate::person::{PersonKind, Role};

    fn decided(id: u128, rules: &[usize]) -> Decided {
        let by = Person {
            id: PersonId(Uuid::from_u128(id)),
            username: String::new(),
            emails: Vec::new(),
            name: String::new(),
            role: Role::Member,
            kind: PersonKind::Human,
            active: true,
        };
        let at = jiff::Timestamp::UNIX_EPOCH;
        let (rules, source) = (rules.to_vec(), EventSource::Api);
        Decided { by, at, rules, digest: None, comment: None, source }
    }

    /// Text in: quorums and, for each approval, the person and the rules they count for.
    fn met(quorums: &[u32], approvals: &[(u128, &[usize])], distinct: bool) -> bool {
        let rule = |q: &u32| RuleNeed {
            name: String::new(),
            approvers: Principals::Users(Vec::new()),
            quorum: *q,
        };
        let rules: Vec<_> = quorums.iter().map(rule).collect();
        let approvals: Vec<_> = approvals.iter().map(|(p, r)| decided(*p, r)).collect();
        is_met(&rules, &approvals, distinct)
    }

    #[test]
    fn enough_distinct_people() {
        assert!(met(&[1], &[(1, &[0])], true));
        assert!(!met(&[2], &[(1, &[0])], true));
        assert!(!met(&[2], &[(1, &[0]), (1, &[0])], true), "one person twice");
        assert!(!met(&[1, 1], &[(1, &[0, 1])], true), "one person for two rules");
        assert!(met(&[1, 1], &[(1, &[0, 1])], false));
        assert!(met(&[1, 1], &[(1, &[0, 1]), (2, &[0])], true), "the first is moved on");
        assert!(!met(&[1, 1], &[(1, &[0]), (2, &[0])], true));
        assert!(met(&[2, 1], &[(1, &[0, 1]), (2, &[0, 1]), (3, &[0])], true));
    }
}
