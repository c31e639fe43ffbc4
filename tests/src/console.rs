//! Commands in a document and their output: read, run in one shell, compared, or written anew.
//!
//! A fence marked `console` holds lines that start with `$ ` (a command; `> ` continues it) and,
//! below each, what it prints. All fences of a document are one session.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};
use regex::Regex;

/// One command of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The line of the document where it stands, counted from 1.
    pub line: usize,
    /// What is typed.
    pub command: String,
    /// What the document says is printed.
    pub expected: String,
}

/// The commands of all `console` fences, in order.
pub fn examples(document: &str) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    let mut inside = false;
    for (at, line) in document.lines().enumerate() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if let (true, Some(command)) = (inside, line.strip_prefix("$ ")) {
            let command = command.to_owned();
            found.push(Example { line: at + 1, command, expected: String::new() });
        } else if let (true, Some(last)) = (inside, found.last_mut()) {
            match line.strip_prefix("> ") {
                Some(more) if last.expected.is_empty() => {
                    last.command.push('\n');
                    last.command.push_str(more);
                }
                _ => {
                    last.expected.push_str(line);
                    last.expected.push('\n');
                }
            }
        }
    }
    found
}

/// The document with every output replaced by the given ones, which stand in the order of
/// [`examples`].
pub fn rewrite(document: &str, printed: &[String]) -> String {
    let mut outputs = printed.iter();
    let mut out = String::new();
    let (mut inside, mut in_command) = (false, false);
    let mut pending: Option<&String> = None;
    for line in document.lines() {
        let is_command = inside && line.starts_with("$ ");
        let continues = inside && in_command && line.starts_with("> ");
        if (line.starts_with("```") || is_command)
            && let Some(output) = pending.take()
        {
            out.push_str(output);
        }
        if line.starts_with("```") {
            inside = line == "```console";
        }
        if is_command {
            pending = outputs.next();
        }
        in_command = is_command || continues;
        if !inside || in_command || line.starts_with("```") {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// Ids, hashes, tokens, times and ports replaced by words, so that two runs can be compared.
///
/// # Errors
/// Never, unless a pattern is malformed.
pub fn mask(text: &str) -> Result<String> {
    const MASKS: [(&str, &str); 9] = [
        (r"127\.0\.0\.1:\d+", "<address>"),
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<uuid>"),
        (r"flow_[A-Za-z0-9_-]{20,}", "<token>"),
        (r"\b[0-9a-f]{12,64}\b", "<hash>"),
        (r"\d{4}-\d{2}-\d{2}(T|, | )?", "<date>"),
        (r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?Z?", "<time>"),
        (r"\bnow\b|\b\d+s ago\b|\bin \d+[dhms]( \d+[hms])?\b", "<when>"),
        (r"\b\d+ (seconds?|ms|s|bytes|records?|blocks?|anchors?)\b", "<amount>"),
        (r" {2,}", "  "),
    ];
    let mut text = text.to_owned();
    for (pattern, word) in MASKS {
        text = Regex::new(pattern).context("a mask")?.replace_all(&text, word).into_owned();
    }
    Ok(text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n"))
}

/// A shell that runs one command after the other and keeps its variables and folder.
#[derive(Debug)]
pub struct Session {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// Printed by the shell after each command, with its exit status.
const MARK: &str = "--end-of-output--";

impl Session {
    /// Starts a shell in `folder`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(command: &mut Command, folder: &Path) -> Result<Self> {
        let mut child = command
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start a shell")?;
        let mut input = child.stdin.take().context("the shell has no input")?;
        let output = BufReader::new(child.stdout.take().context("the shell has no output")?);
        writeln!(input, "exec 2>&1").context("cannot write to the shell")?;
        Ok(Self { child, input, output })
    }

    /// Runs a command: what it printed, and its exit status.
    ///
    /// # Errors
    /// When the shell ends.
    pub fn run(&mut self, command: &str) -> Result<(String, i32)> {
        // Input from nowhere: a command must not read the next one.
        writeln!(self.input, "{{ {command}\n}} </dev/null\nprintf '%s %s\\n' '{MARK}' $?")
            .context("cannot write to the shell")?;
        let mut printed = String::new();
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line).context("cannot read from the shell")? == 0 {
                bail!("the shell ended in `{command}`; it printed:\n{printed}");
            }
            if let Some((rest, status)) = line.split_once(MARK) {
                printed.push_str(rest);
                let status = status.trim().parse().context("an exit status")?;
                return Ok((printed, status));
            }
            printed.push_str(&line);
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "Text.\n```console\n$ a=1; echo one \\\n> two\none two\n$ echo $a\n2\n```\nMore.\n```sh\n$ not run\n```\n";

    #[test]
    fn a_document_is_read_run_and_written_anew() {
        let found = examples(DOCUMENT);
        let commands: Vec<&str> = found.iter().map(|example| example.command.as_str()).collect();
        assert_eq!(commands, ["a=1; echo one \\\ntwo", "echo $a"]);
        assert_eq!((found[1].line, found[1].expected.as_str()), (6, "2\n"));

        let folder = tempfile::tempdir().unwrap();
        let mut session = Session::start(&mut Command::new("sh"), folder.path()).unwrap();
        let printed: Vec<String> =
            commands.iter().map(|command| session.run(command).unwrap().0).collect();
        assert_eq!(printed, ["one two\n", "1\n"]);
        assert_eq!(session.run("echo no >&2; false").unwrap(), ("no\n".to_owned(), 1));
        assert_eq!(rewrite(DOCUMENT, &printed), DOCUMENT.replace("\n2\n", "\n1\n"));
    }

    #[test]
    fn what_differs_between_runs_is_masked_and_nothing_else() {
        let masked =
            mask("req_6a7e2c1d-0000-4000-8000-000000000002 at 04:31:17 says  no   ").unwrap();
        assert_eq!(masked, "req_<uuid> at <time> says  no");
        assert_eq!(
            mask("http://127.0.0.1:7300 digest 9f86d081884c7d65").unwrap(),
            "http://<address> digest <hash>"
        );
        assert_ne!(mask("2 of 3").unwrap(), mask("1 of 3").unwrap());
    }
}
