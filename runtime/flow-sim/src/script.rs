//! The flow of a life in the simulation's own words, which the checkers read. As the engine reads
//! it, it is made in `bundle`.

use flow_bundle::bundle::Bundle;

use crate::cast::Who;
use crate::random::Random;

mod bundle;

/// The function that makes and takes back.
pub const BUTTON: &str = "arn:aws:lambda:us-east-1:123456789012:function:button";
/// The function that steps ask.
pub const CHECK: &str = "arn:aws:lambda:us-east-1:123456789012:function:check";
/// Under which name the function's own ids are kept.
pub const PROVIDER: &str = "vault";
/// Who hears of a use of break-glass, beside the error channel.
pub const ANNOUNCED: &str = "#security";

/// What a life is about, in the simulation's own words.
#[derive(Debug, Clone)]
pub struct Script {
    /// As the engine reads it: [`Script::render`].
    pub bundle: Bundle,
    /// Stages in order.
    pub stages: Vec<StageScript>,
    /// Whether no stage waits for another.
    pub parallel: bool,
    /// Names of targets; empty: an approval-only flow.
    pub targets: Vec<&'static str>,
    /// How long access is to last, in seconds.
    pub duration_s: u64,
    /// By how much access can be extended at once, in seconds.
    pub longer_s: u64,
    /// Who decides about an extension: `same`, `none` or a stage's name; absent: nobody may ask.
    pub extend: Option<&'static str>,
    /// Whether the function may be called twice for one escalation.
    pub idempotent: bool,
    /// Whether requests share one grant.
    pub shared: bool,
    /// A membership of a service that looks before it adds; absent: a function.
    pub service: Option<Preexisting>,
    /// Whether the flow writes the calls itself, over HTTP.
    pub http: bool,
    /// Whether the strategy asks something before it makes access.
    pub asks_first: bool,
    /// Whether the strategy asks something before it takes access back.
    pub asks_last: bool,
    /// Whether the function knows people by ids of its own.
    pub by_id: bool,
    /// Whether nobody is asked, and everybody who has to know hears of it.
    pub break_glass: bool,
    /// Whether a request with `urgent = "yes"` needs nobody.
    pub auto: bool,
    /// Whether the requester fills in `urgent = "yes"`.
    pub urgent: bool,
    /// Whether each approval is checked first, by a step that asks about the person.
    pub fit: bool,
    /// Whose approval that check refuses.
    pub busy: Option<Who>,
    /// How long one call may take, in seconds.
    pub timeout_s: u64,
    /// How long the function may run, in seconds.
    pub function_timeout_s: u64,
    /// Whether the daemon knows that.
    pub function_timeout_known: bool,
    /// Whether access stands until somebody ends it.
    pub standing: bool,
    /// Whether a person may end it before its time.
    pub revocable: bool,
    /// Hooks that ask the outside once, and what they do where that fails.
    pub hooks: Vec<(&'static str, &'static str)>,
}

/// What becomes of access that stood before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the language's words")]
pub enum Preexisting {
    Keep,
    Adopt,
    Deny,
}

/// What becomes of a stage whose time is up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Late {
    /// The request expires.
    Expire,
    /// The stage does not count, if another was met.
    Skip,
    /// These people decide instead.
    Fallback(Vec<Who>),
}

/// One stage, in the simulation's own words.
#[derive(Debug, Clone)]
pub struct StageScript {
    /// Its name.
    pub name: &'static str,
    /// Who counts and how many of them.
    pub rules: Vec<(Vec<Who>, usize)>,
    /// Whether a person counts for one rule only.
    pub distinct: bool,
    /// Whether the requester may decide.
    pub allow_self: bool,
    /// How many denials deny.
    pub denials: u64,
    /// How long it waits, in seconds.
    pub timeout_s: u64,
    /// And then.
    pub late: Late,
    /// How often people are reminded, in seconds.
    pub remind_s: Option<u64>,
    /// Whether a second channel hears after a minute.
    pub routed: bool,
    /// Whether an approval needs a comment.
    pub comment: bool,
    /// Whether a directory outside knows who is in its groups.
    pub outside: bool,
}

const STAGES: [&str; 3] = ["lead", "security", "owner"];
const TARGETS: [&str; 2] = ["button", "lever"];
const HOOKS: [(&str, &str); 11] = [
    ("on_request_forward", "continue"),
    ("on_request_expire", "continue"),
    ("on_request", "fail"),
    ("after_request", "continue"),
    ("on_approve", "ignore"),
    ("on_approved", "fail"),
    ("on_escalate", "fail"),
    ("on_deescalate", "continue"),
    ("after_escalate", "fail"),
    ("after_deescalate", "fail"),
    ("after_error", "fail"),
];

impl Script {
    /// A flow out of chance.
    #[must_use]
    pub fn draw(random: &mut Random) -> Self {
        let targets = random.pick(1, &[1, 1, 1, 2, 0]);
        let mut script = Self {
            bundle: bundle::empty(),
            stages: Vec::new(),
            parallel: false,
            targets: TARGETS.into_iter().take(targets).collect(),
            duration_s: 0,
            longer_s: 0,
            extend: None,
            idempotent: random.permille(250),
            shared: random.permille(300),
            service: None,
            http: false,
            asks_first: random.permille(120),
            asks_last: random.permille(120),
            by_id: random.permille(120),
            break_glass: random.permille(80),
            auto: false,
            urgent: random.permille(500),
            fit: false,
            busy: None,
            timeout_s: random.pick(15, &[5, 30]),
            function_timeout_s: random.pick(60, &[10, 300, 900]),
            function_timeout_known: random.permille(700),
            standing: false,
            revocable: true,
            hooks: Vec::new(),
        };
        if random.permille(200) {
            script.becomes_service(random);
        } else if random.permille(150) {
            script.http = true;
            script.waits_for_two();
        }
        script.draw_rest(random);
        script.render();
        script
    }

    /// The same targets and the same strategy with everything else anew: a later bundle, not
    /// rendered yet.
    #[must_use]
    pub fn upgraded(&self, random: &mut Random) -> Self {
        let mut script = self.clone();
        script.draw_rest(random);
        script
    }

    fn draw_rest(&mut self, random: &mut Random) {
        let count = random.pick(1, &[1, 1, 2, 2, 3]);
        let glass = self.break_glass;
        self.parallel = random.permille(300);
        let stages = STAGES.iter().take(count).map(|name| draw_stage(random, name));
        let stages: Vec<StageScript> = stages.collect();
        self.stages = if glass { Vec::new() } else { stages };
        self.duration_s = random.pick(1800, &[60, 600, 3600]);
        self.longer_s = random.pick(300, &[60, 600]);
        let extend = random.pick(None, &[None, Some("same"), Some("none"), Some(STAGES[0])]);
        self.extend = extend.filter(|_| !glass);
        self.auto = random.permille(100) && !glass;
        self.fit = random.permille(200) && !glass;
        self.busy = random.pick(None, &[Some(Who::Bo), Some(Who::Cy), Some(Who::Di)]);
        self.hooks = HOOKS.into_iter().filter(|_| random.permille(120)).collect();
        self.standing = random.permille(120) && !glass && self.extend.is_none();
        self.revocable = glass || self.standing || random.permille(880);
    }

    /// A membership: it may be added twice, is shared, and may have stood before.
    fn becomes_service(&mut self, random: &mut Random) {
        let kinds = [Preexisting::Adopt, Preexisting::Deny];
        self.service = Some(random.pick(Preexisting::Keep, &kinds));
        self.shared = true;
        self.by_id = false;
        self.waits_for_two();
    }

    /// A call of unknown fate is given the time of two.
    const fn waits_for_two(&mut self) {
        self.function_timeout_s = self.timeout_s;
        self.function_timeout_known = true;
    }

    /// The address of a target.
    #[must_use]
    pub fn address(&self, target: &str) -> String {
        let kind = match self.service {
            Some(_) => "okta_group",
            None if self.http => "http",
            None => "aws_lambda_function",
        };
        format!("{kind}.{target}")
    }

    /// Makes the bundle of what is said here.
    pub fn render(&mut self) {
        if let Some(bundle) = bundle::of(self) {
            self.bundle = bundle;
        }
    }

    /// Whether a request needs nobody's approval.
    #[must_use]
    pub const fn needs_nobody(&self) -> bool {
        self.break_glass || (self.auto && self.urgent)
    }

    /// Groups that stand in the bundle by address, with their addresses; each member may stand with
    /// an alias as well.
    #[must_use]
    pub fn groups(&self) -> Vec<(String, Vec<String>)> {
        let stages = self.stages.iter();
        stages.flat_map(|stage| stage.groups(false).chain(stage.fallback_group())).collect()
    }

    /// Groups that a directory outside knows.
    #[must_use]
    pub fn outside_groups(&self) -> Vec<(String, Vec<String>)> {
        self.stages.iter().flat_map(|stage| stage.groups(true)).collect()
    }

    /// Whether somebody is in the group of a stage's rule; a group that is not there holds nobody.
    #[must_use]
    pub fn lists(&self, stage: &str, rule: usize, who: Who) -> bool {
        let stage = self.stages.iter().find(|s| s.name == stage);
        stage.and_then(|s| s.rules.get(rule)).is_some_and(|(people, _)| people.contains(&who))
    }
}

impl StageScript {
    /// The groups of its rules, where they are kept outside or not.
    fn groups(&self, outside: bool) -> impl Iterator<Item = (String, Vec<String>)> + '_ {
        let rules = self.rules.iter().enumerate().filter(move |_| self.outside == outside);
        rules.map(|(i, (who, _))| {
            let members = who.iter().flat_map(|w| w.addresses());
            (format!("{}_{i}", self.name), members.collect())
        })
    }

    fn fallback_group(&self) -> Option<(String, Vec<String>)> {
        let members = self.fallback().iter().flat_map(|w| w.addresses()).collect();
        (!self.fallback().is_empty()).then(|| (format!("{}_late", self.name), members))
    }

    /// Who decides where nobody did in time.
    #[must_use]
    pub fn fallback(&self) -> &[Who] {
        match &self.late {
            Late::Fallback(people) => people,
            Late::Expire | Late::Skip => &[],
        }
    }
}

fn draw_stage(random: &mut Random, name: &'static str) -> StageScript {
    let people = [Who::Ana, Who::Bo, Who::Cy, Who::Di];
    let mut rules = Vec::new();
    for _ in 0..random.pick(1, &[1, 1, 2]) {
        let mut who: Vec<Who> = people.into_iter().filter(|_| random.permille(750)).collect();
        let quorum = random.pick(1, &[1, 2]);
        if who.len() <= quorum {
            who = people.to_vec();
        }
        // A bot stands in a group and may decide nothing.
        who.extend(random.permille(100).then_some(Who::Robot));
        rules.push((who, quorum));
    }
    StageScript {
        name,
        rules,
        distinct: random.permille(700),
        allow_self: random.permille(100),
        denials: random.pick(1, &[1, 2]),
        timeout_s: random.pick(3600, &[600, 86_400]),
        late: match random.below(8) {
            0 => Late::Skip,
            1 => Late::Fallback(vec![Who::Root, Who::Di]),
            _ => Late::Expire,
        },
        remind_s: random.permille(150).then_some(300),
        routed: random.permille(150),
        comment: random.permille(100),
        outside: random.permille(150),
    }
}
