//! One input: compiled, timed, told, compiled again, formatted and completed.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use flow_bundle::bundle::BundleFile;
use flow_bundle::codec;
use flow_lang::{Diagnostic, Given, Mode, Options, Sources, compile, report};
use rustix::time::{ClockId, clock_gettime};

use crate::{layout, typing};

/// What stands before the text of a child module.
const CHILD: &str = "\n# file: child/main.flow.hcl\n";

/// What came of an input.
#[derive(Debug, Default)]
pub struct Verdict {
    /// What is wrong with the compiler, if anything.
    pub fault: Option<String>,
    /// Ids of the codes that were told.
    pub codes: Vec<&'static str>,
    /// Whether a bundle came out.
    pub built: bool,
    /// Time on the processor for one compilation, reports left out, or for one completion where
    /// that took longer.
    pub spent: Duration,
}

/// Compiles bytes for one purpose; `again` compiles them a second time and compares.
#[must_use]
pub fn judge(bytes: &[u8], mode: Mode, again: bool) -> Verdict {
    // A value for a variable that nobody declares is a fault of whoever gives it.
    let values = [
        ("lambda_arn", "arn:aws:lambda:us-east-1:123456789012:function:x:1"),
        ("slack_workspace", "T123ABCDE"),
    ];
    let text = String::from_utf8_lossy(bytes);
    let variables: BTreeMap<String, Given> = values
        .into_iter()
        .filter(|(name, _)| text.contains(&format!("variable \"{name}\"")))
        .map(|(name, value)| (name.to_owned(), Given::Text(value.to_owned())))
        .collect();
    let options = Options { variables, mode };
    let mut sources = Sources::new();
    add(&mut sources, bytes);
    let once = || {
        let before = processor();
        let done = compile(&sources, &options);
        (done, processor().saturating_sub(before))
    };
    let Ok((done, spent)) = catch_unwind(AssertUnwindSafe(once)) else {
        return Verdict { fault: Some("it panics".to_owned()), ..Verdict::default() };
    };
    let mut verdict = Verdict {
        codes: done.diagnostics.iter().map(|d| d.code.id).collect(),
        built: done.bundle.is_some(),
        spent,
        fault: None,
    };
    let told = catch_unwind(AssertUnwindSafe(|| tell(&done.diagnostics, &sources)));
    verdict.fault = match told {
        Err(_) => Some("its report panics".to_owned()),
        Ok(_) => done.diagnostics.iter().find_map(|d| unreadable(d, &sources)),
    };
    if let (None, Some(file)) = (&verdict.fault, &done.bundle) {
        verdict.fault = catch_unwind(|| loaded(file)).unwrap_or(Some("loading panics".to_owned()));
    }
    if again && verdict.fault.is_none() {
        let second = compile(&sources, &options);
        if second.diagnostics != done.diagnostics || second.bundle != done.bundle {
            verdict.fault = Some("it says something else the second time".to_owned());
        } else {
            let layout = catch_unwind(AssertUnwindSafe(|| layout::fault(bytes, &options)));
            verdict.fault = layout.unwrap_or_else(|_| Some("its layout panics".to_owned()));
        }
        if verdict.fault.is_none() {
            let typed = catch_unwind(|| typing::fault(bytes));
            let panics = (Some("its completion panics".to_owned()), Duration::ZERO);
            let (fault, longest) = typed.unwrap_or(panics);
            (verdict.fault, verdict.spent) = (fault, verdict.spent.max(longest));
        }
    }
    verdict
}

/// Adds a text; lines `# file: child/main.flow.hcl` start the files of child modules.
fn add(sources: &mut Sources, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut files = text.split(CHILD);
    let root = files.next().filter(|root| root.len() < text.len());
    sources.add("main.flow.hcl", root.map_or(bytes, str::as_bytes));
    for child in files {
        sources.add("child/main.flow.hcl", child.as_bytes());
    }
}

fn tell(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    report::human(diagnostics, sources, report::Style::default())
}

/// What keeps a bundle from being loaded: whatever compiles must load.
fn loaded(file: &BundleFile) -> Option<String> {
    let text = codec::write(&file.bundle, &file.sources, &file.compiler);
    match codec::read(text.as_bytes()) {
        // It asks for another version, which is no fault.
        Err(error) if error.path == "required_runtime" => None,
        Err(error) => Some(format!("its bundle is not loaded: {error}")),
        Ok(read) if read != *file => Some("its bundle is another one once it is loaded".to_owned()),
        Ok(_) => None,
    }
}

/// What is wrong with a finding: a place outside of the text, or words that are none.
fn unreadable(d: &Diagnostic, sources: &Sources) -> Option<String> {
    for label in d.labels.iter().chain([&d.primary]) {
        let text = sources.file(label.span.file).map(|file| file.text.as_str());
        if text.and_then(|text| text.get(label.span.range())).is_none() {
            return Some(format!("a label of {} lies outside of the text", d.code));
        }
    }
    let sentences = [Some(&d.message), d.help.as_ref()].into_iter().flatten();
    for sentence in sentences {
        if sentence.contains('\n') || sentence.trim().is_empty() || sentence.len() > 8_000 {
            return Some(format!("{} says no sentence: {sentence:?}", d.code));
        }
    }
    None
}

/// What this thread has spent on a processor: neither the clock on the wall nor other processes
/// count in it.
#[must_use]
pub fn processor() -> Duration {
    let spent = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(spent.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(spent.tv_nsec).unwrap_or(0))
}

/// The most memory that this process ever held, in KiB; nothing where the system does not say.
#[must_use]
pub fn peak_kib() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// Forgets the most memory held so far, and gives what is held now, in KiB.
#[must_use]
pub fn forget_peak() -> u64 {
    // The number that the kernel documents for this.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    peak_kib()
}
