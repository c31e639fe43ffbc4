//! The bundles that a life serves: whose flow, and who has left or joined its groups.

use std::collections::BTreeSet;

use flow_bundle::bundle::{Bundle, SourceMap};
use flow_sim::cast::Who;
use flow_sim::life::request_id;
use flow_sim::script::Script;

use super::life::Life;
use crate::drive::DriveError;
use crate::load::LoadError;

/// One bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Served {
    /// Which of the two scripts.
    pub version: usize,
    pub left: BTreeSet<Who>,
    pub joined: BTreeSet<Who>,
    pub disabled: bool,
    pub target_gone: bool,
}

impl Served {
    /// Whether somebody stands in the group of this rule here.
    pub fn lists(&self, scripts: &[Script; 2], stage: &str, rule: usize, who: Who) -> bool {
        let script = &scripts[self.version];
        let is_there = script.stages.iter().any(|s| s.name == stage && rule < s.rules.len());
        let joined = is_there && self.joined.contains(&who);
        !self.left.contains(&who) && (joined || script.lists(stage, rule, who))
    }

    fn bundle(&self, scripts: &[Script; 2]) -> Bundle {
        let mut script = scripts[self.version].clone();
        if self.target_gone {
            script.targets.remove(0);
            script.render();
        }
        let mut bundle = script.bundle;
        for group in bundle.groups.values_mut().filter_map(|group| group.members.as_mut()) {
            group.extend(self.joined.iter().flat_map(|who| who.addresses()));
            let is_out = |m: &String| self.left.iter().any(|who| who.addresses().contains(m));
            group.retain(|member| !is_out(member));
        }
        if self.target_gone {
            let gone = format!("aws_lambda_function.{}", scripts[self.version].targets[0]);
            bundle.targets.remove(&gone);
            bundle.strategies.values_mut().for_each(|s| s.targets.retain(|t| *t != gone));
        }
        bundle.flows.values_mut().for_each(|flow| flow.enabled = !self.disabled);
        loadable(bundle)
    }
}

/// What the loader wants and the engine alone does not: each step names its integration, everybody
/// says why, and nothing that may have happened is made again.
fn loadable(bundle: Bundle) -> Bundle {
    let mut json = serde_json::to_value(&bundle).unwrap();
    let hooks = json["flows"]["button"]["hooks"].as_object_mut().into_iter().flatten();
    for step in hooks.flat_map(|(_, list)| list.as_array_mut().into_iter().flatten()) {
        if step["k"] == "step" {
            step["integration"] = "aws.main".into();
        }
    }
    for field in json["flows"]["button"]["fields"].as_array_mut().into_iter().flatten() {
        field.as_object_mut().unwrap().remove("default");
    }
    let mut bundle: Bundle = serde_json::from_value(json).unwrap();
    for strategy in bundle.strategies.values_mut().filter(|s| !s.idempotent) {
        strategy.escalate.retry.on.retain(|kind| kind.refused());
    }
    flow_bundle::seal::seal(&mut bundle).unwrap();
    bundle
}

impl Life {
    /// Gives the daemon the bundle that is wanted.
    pub fn load(&mut self) -> Result<(), DriveError> {
        let bundle = self.wanted.bundle(&self.setup.scripts);
        let text = flow_bundle::codec::write(&bundle, &SourceMap::default(), "sim 0.1.0");
        let file = flow_bundle::codec::read(text.as_bytes()).unwrap_or_else(|e| panic!("{e}"));
        self.served.insert(file.content_hash, self.wanted.clone());
        let Some(node) = &self.house.node else { return Ok(()) };
        match node.app.load(&text.into(), None) {
            Ok(_) => Ok(()),
            Err(LoadError::Drive(error)) => Err(error),
            Err(other) => panic!("{other}"),
        }
    }

    /// The bundle that new requests use.
    pub fn newest(&self) -> &Served {
        let newest = self.house.node.as_ref().and_then(|node| node.app.shelf.newest());
        newest.and_then(|entry| self.served.get(&entry.hash)).unwrap_or(&self.wanted)
    }

    /// Notes which bundle a request was opened with.
    pub fn remember(&mut self, request: usize) -> Result<(), DriveError> {
        let Some(node) = &self.house.node else { return Ok(()) };
        let Some(found) = node.app.request(request_id(request))? else { return Ok(()) };
        let served = self.served.get(&found.bundle).cloned();
        self.opened.insert(request, served.unwrap_or_default());
        Ok(())
    }
}
