//! The entry: every claim about one flow, proved, declared, unknown or failed.

use std::collections::BTreeMap;
use std::fmt;

use flow_bundle::bundle::{Bundle, Flow, Proof, ProofResult};

use crate::claim;
use crate::example::{Choice, with};

/// What only the compiler can prove, from types that a bundle no longer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// P4: no secret reaches a message, payload, log or journal.
    pub secrets: Proof,
    /// P8: every expression is evaluated only when its inputs exist.
    pub scopes: Proof,
}

impl Default for Given {
    fn default() -> Self {
        let proved = || Proof { result: ProofResult::Proved, why: String::new() };
        Self { secrets: proved(), scopes: proved() }
    }
}

/// A claim that does not hold, or a doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// `P1` …
    pub claim: &'static str,
    /// The diagnostic, `A508`.
    pub code: &'static str,
    /// IR path of the part that is at fault.
    pub path: String,
    /// One sentence.
    pub message: String,
    /// Values that break the claim; the message names them already.
    pub counterexample: Vec<Choice>,
}

impl Failure {
    pub(crate) fn new(
        claim: &'static str,
        code: &'static str,
        path: String,
        message: impl Into<String>,
    ) -> Self {
        Self { claim, code, path, message: message.into(), counterexample: Vec::new() }
    }

    /// The same, with the values that make its sentence true.
    pub(crate) fn because(mut self, example: Vec<Choice>) -> Self {
        self.message = with(&example, &self.message);
        self.counterexample = example;
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}: {}", self.claim, self.code, self.path, self.message)
    }
}

/// What became of the claims about a flow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// `P1` to `P8`, without those that failed.
    pub proofs: BTreeMap<String, Proof>,
    /// Empty for a flow that may stand in a bundle.
    pub failures: Vec<Failure>,
    /// What breaks no claim and can hardly be meant.
    pub doubts: Vec<Failure>,
}

/// One flow to be looked at.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'b> {
    /// The bundle around it.
    pub bundle: &'b Bundle,
    /// The flow.
    pub flow: &'b Flow,
    /// Its address.
    pub address: &'b str,
}

impl Subject<'_> {
    /// The IR path of a part of the flow; of the flow itself for `""`.
    #[must_use]
    pub fn path(&self, part: &str) -> String {
        let dot = if part.is_empty() { "" } else { "." };
        format!("flows.{}{dot}{part}", self.address)
    }
}

/// A claim's answer: how it was proved, or why it fails.
pub type Answer = Result<Proof, Vec<Failure>>;

pub(crate) fn proved(why: impl Into<String>) -> Answer {
    Ok(Proof { result: ProofResult::Proved, why: why.into() })
}

pub(crate) fn vacuous(why: impl Into<String>) -> Answer {
    Ok(Proof { result: ProofResult::Vacuous, why: why.into() })
}

pub(crate) fn declared(why: impl Into<String>) -> Answer {
    Ok(Proof { result: ProofResult::Declared, why: why.into() })
}

pub(crate) fn unknown(why: impl Into<String>) -> Answer {
    Ok(Proof { result: ProofResult::Unknown, why: why.into() })
}

/// Proves what can be proved of the flow at this address; nothing for an unknown one.
#[must_use]
pub fn prove(bundle: &Bundle, address: &str, given: &Given) -> Claims {
    let mut claims = Claims::default();
    let Some((address, flow)) = bundle.flows.get_key_value(address) else { return claims };
    let subject = Subject { bundle, flow, address };
    for (name, claim) in claim::ALL {
        match claim(subject) {
            Ok(proof) => drop(claims.proofs.insert(name.to_owned(), proof)),
            Err(failures) => claims.failures.extend(failures),
        }
    }
    claims.doubts = claim::doubts::doubts(subject);
    claims.proofs.insert("P4".to_owned(), given.secrets.clone());
    claims.proofs.insert("P8".to_owned(), given.scopes.clone());
    claims
}

#[cfg(test)]
mod tests;
