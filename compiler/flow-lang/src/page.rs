//! The pages of the codes: what, why, a bad example and a good one.
//!
//! To add a page: `codes/<id>-<slug>.md` in the form of its neighbours, and its name in the table
//! below. A test compiles the fences: the bad one yields the code and no other error, the good one
//! no error. A code without a page is one that this compiler does not raise yet.

use crate::code::Code;

/// The page of a code, if it has one.
#[must_use]
pub fn find(code: Code) -> Option<&'static str> {
    let name = format!("{}-{}", code.id, code.slug);
    PAGES.iter().find(|(page, _)| *page == name).map(|(_, text)| *text)
}

/// The page of a code, or one line that says what it will mean.
#[must_use]
pub fn text(code: Code) -> String {
    find(code).map_or_else(
        || {
            format!(
                "# {code}\n\n{}: {}.\n\nThis code is reserved: flowc {} does not raise it yet.\n",
                code.severity.word(),
                code.line,
                env!("CARGO_PKG_VERSION"),
            )
        },
        str::to_owned,
    )
}

macro_rules! pages {
    ($($name:literal)*) => {
        /// Name and text of every page, by name within its family.
        const PAGES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../codes/", $name, ".md")))),*];
    };
}

pages! {
    "X001-syntax"
    "X002-unclosed-bracket"
    "X003-unterminated-string"
    "X004-unterminated-heredoc"
    "X005-byte-order-mark"
    "X006-invalid-utf8"
    "X007-nesting-too-deep"
    "X008-duplicate-attribute"
    "X009-legacy-index"
    "B101-unknown-block"
    "B102-unknown-attribute"
    "B103-missing-attribute"
    "B104-missing-block"
    "B105-too-many-blocks"
    "B106-wrong-label-count"
    "B107-attribute-or-block"
    "B108-bad-name"
    "B109-duplicate-declaration"
    "B110-exclusive-attributes"
    "B111-not-static"
    "B112-deprecated"
    "B113-unsupported-language"
    "B114-too-long"
    "B115-variable-without-value"
    "B116-validation-failed"
    "B117-check-failed"
    "B118-empty-list"
    "B119-empty-text"
    "B120-bad-form"
    "B121-too-large"
    "R101-unknown-reference"
    "R102-unknown-step"
    "R103-unknown-field"
    "R104-unknown-attribute-of"
    "R105-unknown-function"
    "R106-name-not-available-here"
    "R107-step-used-before-it-runs"
    "R108-dash-in-name"
    "R109-output-of-async-step"
    "R110-wrong-kind-of-reference"
    "R111-cycle"
    "R112-unused-declaration"
    "R113-unused-step-output"
    "R114-unused-field"
    "R115-shadowed-name"
    "R116-moved-target-missing"
    "R117-ambiguous-integration"
    "R118-integration-not-in-environment"
    "T201-type-mismatch"
    "T202-not-interpolable"
    "T203-nullable-access"
    "T204-unguarded-step-output"
    "T205-json-access"
    "T206-branches-differ"
    "T207-compare-different-types"
    "T208-impossible-enum-value"
    "T209-wrong-argument"
    "T210-bad-duration"
    "T211-bad-timestamp"
    "T212-number-out-of-range"
    "T213-division-by-zero"
    "T214-index-out-of-range"
    "T215-default-does-not-match"
    "T216-bad-regex"
    "T217-constant-condition"
    "T218-not-exhaustive"
    "T219-bad-type-expression"
    "H301-unknown-hook"
    "H302-empty-hook"
    "H303-unreachable-decision"
    "H304-unreachable-hook"
    "H305-decision-in-after-hook"
    "H306-auto-approval-not-declared"
    "H307-auto-approval-declared-unused"
    "H308-unconditional-auto-approval"
    "H309-slow-hook"
    "H310-failure-unread"
    "H311-fail-not-allowed-here"
    "H312-on-error-must-continue"
    "H313-effect-not-allowed-here"
    "H314-decision-not-allowed-here"
    "H315-on-error-not-allowed-here"
    "S401-missing-deescalate"
    "S402-strategy-integration-mismatch"
    "S403-target-not-in-strategy"
    "S404-no-targets"
    "S405-duration-over-max"
    "S406-max-too-long"
    "S407-no-duration-limit"
    "S408-stuck-too-soon"
    "S409-standing-access"
    "S410-lambda-arn-malformed"
    "S411-lambda-arn-wildcard"
    "S412-lambda-arn-unqualified"
    "S413-same-lambda-no-event"
    "S414-region-mismatch"
    "S415-dynamic-target-unbounded"
    "S416-retry-needs-idempotent"
    "S417-preexisting-not-visible"
    "S418-each-of-unused"
    "S419-endless-grant"
    "S420-break-glass-too-long"
    "S421-break-glass-unannounced"
    "S422-break-glass-without-reason"
    "S423-break-glass-exclusive"
    "S424-break-glass-for-everybody"
    "A501-approvers-empty"
    "A502-approvers-maybe-empty"
    "A503-quorum-impossible"
    "A504-quorum-needs-requester"
    "A505-rules-not-satisfiable"
    "A506-self-approval-possible"
    "A507-unreachable-approval"
    "A508-no-approval-path"
    "A509-skip-opens"
    "A510-approver-not-reachable"
    "A511-duplicate-approver"
    "A512-missing-fallback"
    "A513-approver-not-permitted"
    "A514-zero-quorum"
    "A515-no-approval-no-auto"
    "A516-approver-is-channel"
    "A517-nobody-is-told"
    "A518-self-approval-without-grant"
    "A519-approver-maybe-not-permitted"
    "A520-bad-timeout"
    "A521-nobody-may-ask"
    "N601-secret-in-message"
    "N602-secret-in-payload"
    "N603-hardcoded-credential"
    "N604-private-address"
    "N605-not-https"
    "N606-host-not-static"
    "N607-unescaped-external-text"
    "N608-external-text-in-path"
    "N609-sensitive-variable-printed"
    "N610-mass-mention"
    "N611-bad-path-segment"
    "N612-error-channel-is-shared"
    "N613-external-text-as-key"
    "N620-undeclared-output"
    "N621-response-too-wide"
    "N630-bidi-text"
    "N631-mixed-script"
    "N632-confusable-name"
    "N633-keyword-as-name"
    "N634-invisible-text"
    "M701-module-not-found"
    "M702-hash-mismatch"
    "M703-input-missing"
    "M704-input-unknown"
    "M705-recursive-module"
    "M706-unpinned-source"
    "Q801-unknown-mock"
    "Q802-unmocked-effect"
    "Q803-unused-mock"
    "Q804-mock-type-mismatch"
    "Q805-time-goes-back"
    "Q806-expect-before-action"
    "Q807-unknown-word"
    "Q808-missing-fixture"
    "F901-not-formatted"
    "F902-unused-allow"
    "F903-allow-without-reason"
    "U951-breaking-change"
    "U952-weaker-approval"
}
