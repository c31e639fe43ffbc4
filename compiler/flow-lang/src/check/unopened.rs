//! Modules that nothing opens, because their `for_each` is empty: checked as if one instance stood
//! there, so that their faults are told before the first is added. Nothing of them gets into the
//! bundle.
//!
//! A module is no block that can be looked at by itself: its parts read each other. So everything is
//! checked a second time, with the instance there and its `each` unknown, and what that finds in
//! those modules is kept.

use std::collections::{BTreeMap, BTreeSet};

use super::Module;
use crate::compile::{Mode, Options};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::lower;
use crate::resolve::{self, directory_of};
use crate::source::Span;
use crate::syntax::tree::File;

/// Reports what is wrong in modules that have no instance, and in the blocks that name them.
pub(crate) fn check(m: &mut Module<'_>, flows: &[File]) {
    let unopened = m.declared.nowhere("module");
    let blocks: Vec<Span> =
        unopened.iter().filter_map(|(base, _)| Some(m.declared.block(base)?.span)).collect();
    if blocks.is_empty() {
        return;
    }
    let opened: BTreeSet<&str> = m.declared.units.iter().map(|u| u.directory.as_str()).collect();
    let path = |span: Span| m.sources.file(span.file).map_or("", |file| file.path.as_str());
    let in_block = |d: &&Diagnostic| {
        let at = d.primary.span;
        blocks.iter().any(|b| b.file == at.file && b.range().contains(&at.range().start))
    };
    // What has no value stays unknown, also where a bundle is built: that was said already.
    let options = Options { variables: BTreeMap::clone(&m.options.variables), mode: Mode::Check };
    let mut names = Diagnostics::new();
    let declared = resolve::declare(flows, m.sources, &mut names);
    let mut other = Module::new(m.sources, &options, declared, names);
    other.lost_something = m.lost_something;
    other.opens_empty = true;
    lower::bundle(&mut other);
    // The blocks were looked at before; the files that they name were not.
    let said: Vec<&Diagnostic> = m.found.iter().filter(in_block).collect();
    let is_new = |d: &&Diagnostic| {
        !opened.contains(directory_of(path(d.primary.span))) || (in_block(d) && !said.contains(d))
    };
    let new: Vec<Diagnostic> = other.found.iter().filter(is_new).cloned().collect();
    new.into_iter().for_each(|diagnostic| m.found.push(diagnostic));
}

#[cfg(test)]
mod tests {
    use crate::{Given, Mode, Options, Sources, compile};
    use std::collections::BTreeMap;

    const ROOT: &str = r#"bundle "b" {
  language = 1
}

variable "teams" {
  type    = map(string)
  default = {}
}

module "team" {
  source   = "./modules/team"
  for_each = var.teams
  lead     = each.value
}

flow "f" {
  permissions {
    request = members
  }

  approval "a" {
    approvers = user("bo@acme.example")
  }
}
"#;

    const CHILD: &str = r#"variable "lead" {
  type = string
}

flow "access" {
  permissions {
    request = members
  }

  approval "lead" {
    approvers = user(var.lead)
  }
}
"#;

    /// Ids and files of what is found, and the flows that are built.
    fn told(root: &str, child: &str, teams: Option<&str>) -> (Vec<String>, Vec<String>) {
        let mut sources = Sources::new();
        sources.add("main.flow.hcl", root.as_bytes());
        sources.add("modules/team/main.flow.hcl", child.as_bytes());
        let given = teams.map(|text| ("teams".to_owned(), Given::Text(text.to_owned())));
        let options = Options { mode: Mode::Build, variables: BTreeMap::from_iter(given) };
        let done = compile(&sources, &options);
        let path = |d: &crate::Diagnostic| sources.file(d.primary.span.file).unwrap().path.clone();
        let ids = done.diagnostics.iter().map(|d| format!("{} {}", d.code.id, path(d)));
        let flows = done.bundle.iter().flat_map(|b| b.bundle.flows.keys().cloned());
        (ids.collect(), flows.collect())
    }

    #[test]
    fn a_module_without_an_instance_is_checked_and_built_into_nothing() {
        let nothing: [String; 0] = [];
        assert_eq!(told(ROOT, CHILD, None), (nothing.to_vec(), vec!["f".to_owned()]));
        let broken = CHILD.replace("user(var.lead)", "user(var.leed)");
        let (found, flows) = told(ROOT, &broken, None);
        assert!(found.contains(&"R101 modules/team/main.flow.hcl".to_owned()), "{found:?}");
        assert_eq!(flows, nothing);
        // With an instance the same is said, once.
        let team = Some(r#"{"a": "ana@acme.example"}"#);
        assert_eq!(told(ROOT, &broken, team).0, found);
    }

    #[test]
    fn an_input_that_the_module_lacks_is_told_before_its_first_instance() {
        let wrong = ROOT.replace("lead     =", "boss     =");
        let (found, _) = told(&wrong, CHILD, None);
        assert_eq!(found, ["M703 main.flow.hcl", "M704 main.flow.hcl"]);
    }

    #[test]
    fn what_the_root_says_is_said_once() {
        let wrong = ROOT.replace("request = members", "request = membres");
        let (found, _) = told(&wrong, CHILD, None);
        assert_eq!(found, ["R101 main.flow.hcl"]);
    }
}
