//! The table of diagnostic codes: one letter for the family, three digits, one severity.
//!
//! A code is never reused and never changes its severity. The page of a code (what, why, a bad and
//! a good example) is `codes/<id>-<slug>.md`.

use std::fmt;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// No bundle is built.
    Error,
    /// Worth a change; `--deny-warnings` makes it fail.
    Warning,
    /// A thought for the author.
    Advice,
}

impl Severity {
    /// `error`, `warning` or `advice`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Advice => "advice",
        }
    }
}

/// A diagnostic code; the constants of this module are all there are.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code {
    /// `R102`.
    pub id: &'static str,
    /// `unknown-step`.
    pub slug: &'static str,
    /// What it weighs, always.
    pub severity: Severity,
    /// What it means, in one line.
    pub line: &'static str,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id, self.slug)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

/// The code with this id, in either case.
#[must_use]
pub fn find(id: &str) -> Option<Code> {
    ALL.iter().copied().find(|code| code.id.eq_ignore_ascii_case(id))
}

macro_rules! severity {
    (E) => {
        Severity::Error
    };
    (W) => {
        Severity::Warning
    };
    (A) => {
        Severity::Advice
    };
}

macro_rules! codes {
    ($($id:ident $slug:literal $severity:ident $line:literal;)*) => {
        $(
            #[doc = concat!("`", $slug, "`: ", $line, ".")]
            pub const $id: Code = Code {
                id: stringify!($id),
                slug: $slug,
                severity: severity!($severity),
                line: $line,
            };
        )*

        /// Every code, by family and number.
        pub const ALL: &[Code] = &[$($id),*];
    };
}

// Families: X text and syntax, B blocks and attributes, R references, T types, H hooks and
// decisions, S strategies, targets and grants, A approvals, N network, secrets and text safety,
// M modules, Q flow tests, F files and suppression, U upgrades.
codes! {
    X001 "syntax" E "the text is not well formed";
    X002 "unclosed-bracket" E "a bracket is opened and never closed, or closed and never opened";
    X003 "unterminated-string" E "a string has no closing quote on its line";
    X004 "unterminated-heredoc" E "a heredoc has no end marker alone on a line";
    X005 "byte-order-mark" E "the file starts with a byte order mark";
    X006 "invalid-utf8" E "the file is not UTF-8";
    X007 "nesting-too-deep" E "an expression has over 64 levels or 128 chained operators";
    X008 "duplicate-attribute" E "an attribute or object key stands twice";
    X009 "legacy-index" E "an index is written as `x.0` instead of `x[0]`";
    B101 "unknown-block" E "no such block exists at this place";
    B102 "unknown-attribute" E "no such attribute exists in this block";
    B103 "missing-attribute" E "a block lacks an attribute that it needs";
    B104 "missing-block" E "a block lacks a child block that it needs";
    B105 "too-many-blocks" E "a block stands more often than it may";
    B106 "wrong-label-count" E "a block has too many or too few labels";
    B107 "attribute-or-block" E "a block is written as an attribute, or the other way round";
    B108 "bad-name" E "a name does not fit the pattern, or is reserved";
    B109 "duplicate-declaration" E "one name is declared twice";
    B110 "exclusive-attributes" E "two attributes exclude each other";
    B111 "not-static" E "a value must be known when the bundle is built";
    B112 "deprecated" W "a form that will go away is used";
    B113 "unsupported-language" E "the flow is written in a newer language than this compiler knows";
    B114 "too-long" E "a text is longer than its medium takes";
    B115 "variable-without-value" E "a variable has neither a value nor a default";
    B116 "validation-failed" E "the value of a variable fails its own validation";
    B117 "check-failed" E "an assertion of a `check` block fails";
    B118 "empty-list" E "a list must hold at least one element";
    B119 "empty-text" E "a text must say something";
    B120 "bad-form" E "a text does not have the form that its attribute needs";
    B121 "too-large" E "named values grow beyond what anybody can read";
    R101 "unknown-reference" E "nothing of this name is declared";
    R102 "unknown-step" E "the flow has no step of this name";
    R103 "unknown-field" E "the prompt has no field of this name";
    R104 "unknown-attribute-of" E "a value has no attribute of this name";
    R105 "unknown-function" E "no function of this name exists";
    R106 "name-not-available-here" E "a name exists but has no value at this place";
    R107 "step-used-before-it-runs" E "a step is read before it has run";
    R108 "dash-in-name" E "`a-b` is one name, not a subtraction";
    R109 "output-of-async-step" E "the output of an asynchronous call is read";
    R110 "wrong-kind-of-reference" E "a reference names something of another kind";
    R111 "cycle" E "declarations refer to each other in a circle";
    R112 "unused-declaration" W "a declaration is never used";
    R113 "unused-step-output" W "the output of a step is never read";
    R114 "unused-field" W "a field is never read nor shown";
    R115 "shadowed-name" W "a `for` variable hides another name";
    R116 "moved-target-missing" E "a `moved` block leads to nothing";
    R117 "ambiguous-integration" E "none or several integrations fit, and none is named";
    R118 "integration-not-in-environment" E "an integration is not listed in the flow's environment";
    T201 "type-mismatch" E "a value has another type than its place wants";
    T202 "not-interpolable" E "a list, an object or null stands in a template";
    T203 "nullable-access" E "a value that may be null is read without a check";
    T204 "unguarded-step-output" E "the output of a step that may have failed is read without a check";
    T205 "json-access" E "data of unknown shape is read by attribute";
    T206 "branches-differ" E "the branches of a condition have different types";
    T207 "compare-different-types" E "values of different types are compared";
    T208 "impossible-enum-value" E "a closed list of words is compared with a word that is not in it";
    T209 "wrong-argument" E "a function is called with wrong arguments";
    T210 "bad-duration" E "a text is no duration";
    T211 "bad-timestamp" E "a text is no timestamp";
    T212 "number-out-of-range" E "a number has over 28 digits, or is no whole number where one is wanted";
    T213 "division-by-zero" E "the divisor is always zero";
    T214 "index-out-of-range" E "a constant index lies outside its list";
    T215 "default-does-not-match" E "a default does not fit its own declaration";
    T216 "bad-regex" E "a text is no regular expression";
    T217 "constant-condition" W "a condition is always true or always false";
    T218 "not-exhaustive" W "a chain of conditions misses a word of a closed list";
    T219 "bad-type-expression" E "a type is not written as a type";
    H301 "unknown-hook" E "no hook of this name exists";
    H302 "empty-hook" W "a hook holds nothing";
    H303 "unreachable-decision" W "an earlier decision always wins";
    H304 "unreachable-hook" W "a hook can never run in this flow";
    H305 "decision-in-after-hook" E "an after-hook cannot decide any more";
    H306 "auto-approval-not-declared" E "a decision approves without a person, and the flow does not allow it";
    H307 "auto-approval-declared-unused" E "automatic approval is allowed but never happens";
    H308 "unconditional-auto-approval" E "every request would be approved without a person";
    H309 "slow-hook" W "the steps of a hook may take longer than 30 s in all";
    H310 "failure-unread" W "a step may fail and nobody is told";
    H311 "fail-not-allowed-here" E "`fail` has no place in this hook";
    H312 "on-error-must-continue" E "nothing may stand before an end";
    H313 "effect-not-allowed-here" E "only steps that read may stand here";
    H314 "decision-not-allowed-here" E "this hook does not take this decision";
    H315 "on-error-not-allowed-here" E "`on_error` does not take this word here";
    S401 "missing-deescalate" E "a strategy can grant and cannot take back";
    S402 "strategy-integration-mismatch" E "a strategy names an integration of another type";
    S403 "target-not-in-strategy" E "a target is not one of the strategy's";
    S404 "no-targets" E "a strategy has no targets";
    S405 "duration-over-max" E "an offered duration is longer than the maximum";
    S406 "max-too-long" W "a grant may last over 7 days";
    S407 "no-duration-limit" E "a person may ask for any duration";
    S408 "stuck-too-soon" W "an end is marked stuck after less than an hour";
    S409 "standing-access" W "a grant ends only when a person revokes it";
    S410 "lambda-arn-malformed" E "a text is no Lambda ARN";
    S411 "lambda-arn-wildcard" E "a Lambda ARN holds a wildcard";
    S412 "lambda-arn-unqualified" A "a Lambda ARN names no version or alias";
    S413 "same-lambda-no-event" W "one function has several uses and its payload does not tell them apart";
    S414 "region-mismatch" W "the region of an ARN is not that of its integration";
    S415 "dynamic-target-unbounded" E "free text of a person decides what is granted";
    S416 "retry-needs-idempotent" E "a call that may have happened would be repeated";
    S417 "preexisting-not-visible" E "`on_preexisting` stands on a strategy that cannot look";
    S418 "each-of-unused" E "`each_of` stands on a target that never reads `item`";
    S419 "endless-grant" E "a grant neither ends nor can be revoked";
    S420 "break-glass-too-long" E "emergency access lasts longer than four hours";
    S421 "break-glass-unannounced" E "nobody would hear of emergency access";
    S422 "break-glass-without-reason" E "nobody has to say why emergency access is taken";
    S423 "break-glass-exclusive" E "something has no place in a break-glass flow";
    S424 "break-glass-for-everybody" W "every member may take emergency access";
    A501 "approvers-empty" E "nobody may decide";
    A502 "approvers-maybe-empty" W "it can happen that nobody may decide";
    A503 "quorum-impossible" E "more approvals are asked for than there are people";
    A504 "quorum-needs-requester" W "the quorum is met only when the requester is not in the group";
    A505 "rules-not-satisfiable" E "there are too few different people for the rules";
    A506 "self-approval-possible" W "a person can approve their own grant";
    A507 "unreachable-approval" W "an approval is never asked for";
    A508 "no-approval-path" E "a path leads to a grant without a person's approval";
    A509 "skip-opens" E "a stage that is skipped leaves a grant without a person's approval";
    A510 "approver-not-reachable" W "an approver cannot be told";
    A511 "duplicate-approver" A "a person stands twice among the approvers";
    A512 "missing-fallback" E "a stage falls back to nobody";
    A513 "approver-not-permitted" E "an approver is outside `permissions.decide`";
    A514 "zero-quorum" E "a quorum or a number of denials is below 1";
    A515 "no-approval-no-auto" E "a flow has no approval and does not approve automatically";
    A516 "approver-is-channel" E "a channel is no set of approvers";
    A517 "nobody-is-told" E "nobody hears of the request";
    A518 "self-approval-without-grant" A "a person can approve their own request";
    A519 "approver-maybe-not-permitted" W "an approver may be outside `permissions.decide`";
    A520 "bad-timeout" E "a timeout is over 30 days, or its routes take longer than the stage";
    A521 "nobody-may-ask" W "`permissions.request` holds nobody";
    N601 "secret-in-message" E "a secret would be sent in a message";
    N602 "secret-in-payload" E "a secret would be sent in a payload, query, path or body";
    N603 "hardcoded-credential" W "a text looks like a credential";
    N604 "private-address" E "a host is a private address";
    N605 "not-https" E "a URL is not https";
    N606 "host-not-static" E "a host is computed while a request runs";
    N607 "unescaped-external-text" W "text from outside is sent without escaping";
    N608 "external-text-in-path" A "text from outside stands in a path";
    N609 "sensitive-variable-printed" E "a sensitive variable would be printed";
    N610 "mass-mention" W "a message mentions everybody";
    N611 "bad-path-segment" E "a segment of a path is empty, `.` or `..`";
    N612 "error-channel-is-shared" A "errors and cards go to one channel";
    N613 "external-text-as-key" W "text from outside names a key";
    N620 "undeclared-output" W "a step that is read declares no output";
    N621 "response-too-wide" A "fields of an output are declared and never read";
    N630 "bidi-text" W "a text holds a character that changes the direction of writing";
    N631 "mixed-script" W "a name mixes writing systems";
    N632 "confusable-name" W "a name looks like another one";
    N633 "keyword-as-name" W "a keyword is used as a name";
    N634 "invisible-text" W "a text holds a character that does not show";
    M701 "module-not-found" E "a module does not exist";
    M702 "hash-mismatch" E "a vendored module is not the one that was locked";
    M703 "input-missing" E "a module lacks an input that it needs";
    M704 "input-unknown" E "a module has no input of this name";
    M705 "recursive-module" E "a module contains itself";
    M706 "unpinned-source" E "a module has no version or no lock";
    Q801 "unknown-mock" E "a mock fits no step and no strategy";
    Q802 "unmocked-effect" E "a scenario reaches an effect without a mock";
    Q803 "unused-mock" W "a mock is never used";
    Q804 "mock-type-mismatch" E "a mock does not fit the declared output";
    Q805 "time-goes-back" E "a scenario goes back in time";
    Q806 "expect-before-action" E "an expectation stands before any action";
    Q807 "unknown-word" E "a scenario uses a word that does not exist";
    Q808 "missing-fixture" E "a scenario needs a group or an identity that it does not give";
    F901 "not-formatted" W "the file is not formatted";
    F902 "unused-allow" W "an allow comment silences nothing";
    F903 "allow-without-reason" W "an allow comment gives no reason";
    U951 "breaking-change" W "running requests cannot move to the new bundle";
    U952 "weaker-approval" W "the new bundle allows what the old one refused";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_once_and_in_order() {
        let order = |code: &Code| {
            let family = "XBRTHSANMQFU".find(&code.id[..1]).unwrap();
            (family, code.id.to_owned())
        };
        assert!(ALL.iter().is_sorted_by(|a, b| order(a) < order(b)));
        let mut slugs: Vec<_> = ALL.iter().map(|c| c.slug).collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), ALL.len());
    }
}
