//! What the command line may say.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Compile access flows.
#[derive(Debug, Parser)]
#[command(name = "flowc", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Drawn into the source, for people.
    #[value(alias = "text")]
    Human,
    /// One line each, for grep and screen readers.
    Plain,
    /// One JSON object, for programs.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands, which GitHub Actions draws into a pull request.
    Github,
}

/// How an explanation is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TextFormat {
    /// For people.
    Human,
    /// One JSON object, for programs.
    Json,
}

/// How a comparison is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For people.
    #[value(alias = "text")]
    Human,
    /// A comment for a pull request.
    Markdown,
    /// One JSON object, for programs.
    Json,
}

/// How the outbound set is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReachFormat {
    /// For people.
    Human,
    /// The least IAM policy.
    Iam,
    /// One JSON object, for programs.
    Json,
}

/// How a flow is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// A flowchart in the Mermaid language, which GitHub and GitLab draw in Markdown.
    Mermaid,
    /// A picture, for light and dark pages.
    Svg,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check the flows of a directory; variables without a value are taken as unknown.
    Check {
        /// What to read.
        #[command(flatten)]
        input: Input,
        /// Make the changes that certainly mend what is found, say which, and check again.
        #[arg(long)]
        fix: bool,
        /// With `--fix`: show the changes as a diff and write nothing.
        #[arg(long, requires = "fix")]
        diff: bool,
    },
    /// Check the flows of a directory and write their bundle.
    Build {
        /// What to read.
        #[command(flatten)]
        input: Input,
        /// Where the bundle goes.
        #[arg(short = 'o', long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Say whether approval got weaker from one version to another.
    Diff(Versions),
    /// Sign a bundle for one deployment, into `BUNDLE.sig`
    Sign(Signing),
    /// Make a key that signs bundles, and print what the daemon is told of it
    Keygen {
        /// Where the private key goes, as PEM; a file that is there stays.
        #[arg(value_name = "FILE")]
        key: PathBuf,
    },
    /// Copy somebody else's module into `vendor/` and pin it in `flow.lock`.
    Vendor(Vendor),
    /// Print everything that flows can call, change and tell: the outbound set.
    Reach {
        /// What to read.
        #[command(flatten)]
        built: Built,
        /// How it is printed.
        #[arg(long, value_enum, default_value_t = ReachFormat::Human)]
        format: ReachFormat,
        /// With `--format iam`: the AWS integration, where there are several (`aws.main`).
        #[arg(long, value_name = "ADDRESS")]
        integration: Option<String>,
    },
    /// Draw a flow: who asks, who decides, what is given, and when it ends.
    Graph {
        /// What to read.
        #[command(flatten)]
        built: Built,
        /// The flow to draw; without it, all of them.
        #[arg(long, value_name = "NAME")]
        flow: Option<String>,
        /// How it is drawn.
        #[arg(long, value_enum, default_value_t = GraphFormat::Mermaid)]
        format: GraphFormat,
        /// Where the drawing goes; without it, to standard output.
        #[arg(short = 'o', long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Say what would happen if somebody asked for something now: who is asked, what is called
    /// with which arguments, when it ends, and by which lines.
    Simulate(Simulate),
    /// Write a module to start from; without a template, list them.
    Init {
        /// Where the files go.
        #[arg(value_name = "DIR", default_value = ".")]
        directory: PathBuf,
        /// Which one: `approval-only`, `aws-lambda`, `http`, `okta-group`, `aws-sso` or `on-call`.
        #[arg(long, value_name = "NAME")]
        template: Option<String>,
    },
    /// Play the scenarios of a module's `*.flowtest.hcl` files against the real engine.
    Test(Test),
    /// Lay files out as `terraform fmt` does, in place, and list those that changed.
    Fmt(Layout),
    /// Print the `output` of a step from answers that were recorded as JSON
    Infer {
        /// Files with one answer each; standard input where none is given.
        #[arg(value_name = "FILE")]
        answers: Vec<PathBuf>,
    },
    /// Print what may be written at a place of a file that is not finished, for editors.
    Complete(Place),
    /// Print which blocks and attributes there are, as a JSON Schema of HCL's JSON form.
    Schema,
    /// Print a script that makes a shell complete this command's line.
    Completions {
        /// Which shell.
        #[arg(value_name = "SHELL", value_enum)]
        shell: Shell,
    },
    /// Print what a code, a block, an attribute or a function means.
    Explain {
        /// A code (`R102`, `unknown-step`), a block (`strategy`), one of its types
        /// (`step.aws_lambda`), an attribute (`approval.quorum`), or a function (`coalesce`).
        #[arg(required = true, value_name = "WHAT")]
        words: Vec<String>,
        /// How it is printed.
        #[arg(long, value_enum, default_value_t = TextFormat::Human)]
        format: TextFormat,
    },
}

/// A module and the values of its variables.
#[derive(Debug, Args)]
pub struct Input {
    /// The directory that holds the `*.flow.hcl` files.
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// What its variables are given.
    #[command(flatten)]
    pub values: Values,
    /// Fail on warnings too.
    #[arg(long)]
    pub deny_warnings: bool,
    /// How findings are printed.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

/// How it is told how scenarios went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TestFormat {
    /// For people.
    #[value(alias = "human")]
    Text,
    /// JUnit XML, for the test reports of CI systems.
    Junit,
    /// One JSON object, for programs.
    Json,
}

/// A module whose scenarios are played.
#[derive(Debug, Args)]
pub struct Test {
    /// The directory that holds the `*.flow.hcl` and `*.flowtest.hcl` files.
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// What its variables are given.
    #[command(flatten)]
    pub values: Values,
    /// Play only scenarios that have this text in their name.
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// Fail on warnings too.
    #[arg(long)]
    pub deny_warnings: bool,
    /// Say which hooks, decisions, stages and branches of `when` no scenario came to.
    #[arg(long)]
    pub coverage: bool,
    /// After the scenarios, live N lives of random legal actions and hold them against the promises.
    #[arg(long, value_name = "N")]
    pub explore: Option<u64>,
    /// With `--explore`: the first seed. Without it, the clock's.
    #[arg(long, value_name = "SEED", requires = "explore")]
    pub seed: Option<u64>,
    /// Play again whenever a file has changed, until Ctrl-C.
    #[arg(long)]
    pub watch: bool,
    /// How it is told.
    #[arg(long, value_enum, default_value_t = TestFormat::Text)]
    pub format: TestFormat,
}

/// A bundle, or a module that is built for the purpose.
#[derive(Debug, Args)]
pub struct Built {
    /// The directory that holds the `*.flow.hcl` files, or a bundle that `flowc build` wrote.
    #[arg(value_name = "DIR|BUNDLE")]
    pub path: PathBuf,
    /// What the module's variables are given.
    #[command(flatten)]
    pub values: Values,
}

/// Who asks for what, and what is taken for granted.
#[derive(Debug, Args)]
pub struct Simulate {
    /// What to read.
    #[command(flatten)]
    pub built: Built,
    /// The flow that is asked for, where there are several.
    #[arg(long, value_name = "NAME")]
    pub flow: Option<String>,
    /// Who asks: an e-mail address.
    #[arg(long = "as", value_name = "EMAIL")]
    pub requester: String,
    /// What they are.
    #[arg(long, value_name = "ROLE", default_value = "member", value_parser = ROLES)]
    pub role: String,
    /// A value of the form; give it again for a list.
    #[arg(short, long = "field", value_name = "NAME=VALUE")]
    pub fields: Vec<String>,
    /// What a program adds for the flow to read, as JSON.
    #[arg(long, value_name = "JSON")]
    pub context: Option<String>,
    /// Through which surface it is asked; without it, the first that the flow takes.
    #[arg(long, value_name = "SURFACE", value_parser = ["slack", "api", "web"])]
    pub source: Option<String>,
    /// Somebody who could decide, beside those that the flow names: `ana@acme.example`, or
    /// `ana@acme.example=admin`.
    #[arg(long = "person", value_name = "EMAIL[=ROLE]")]
    pub people: Vec<String>,
    /// Who is in a group that is kept elsewhere. Without it somebody is assumed to be.
    #[arg(long = "group", value_name = "NAME=EMAIL,…")]
    pub groups: Vec<String>,
    /// What people say whose word counts.
    #[arg(long, value_name = "WORD", default_value = "approve", value_parser = ["approve", "deny", "nobody"])]
    pub decision: String,
    /// What a step is answered, as JSON; `escalate` and `deescalate` are the strategy's calls.
    #[arg(long = "answer", value_name = "STEP=JSON")]
    pub answers: Vec<String>,
    /// A step that goes wrong, and how: `timeout`, `auth` …
    #[arg(long = "fail", value_name = "STEP=KIND")]
    pub failures: Vec<String>,
    /// When it is asked; without it, now.
    #[arg(long, value_name = "RFC3339")]
    pub at: Option<jiff::Timestamp>,
    /// How it is told.
    #[arg(long, value_enum, default_value_t = TextFormat::Human)]
    pub format: TextFormat,
}

/// What somebody is in a deployment.
pub const ROLES: [&str; 3] = ["member", "admin", "guest"];

/// What variables are given.
#[derive(Debug, Clone, Default, Args)]
pub struct Values {
    /// Give a variable a value; `name=@path` takes it from a file. Also `-var`.
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub variables: Vec<String>,
    /// Read values from a `.flowvars` or `.json` file. Also `-var-file`.
    #[arg(long = "var-file", value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Values for one side of a comparison, whose other side may not have the variable.
#[derive(Debug, Clone, Default, Args)]
pub struct Sides {
    /// Give a variable a value in OLD alone. Also `-old-var`.
    #[arg(long, value_name = "NAME=VALUE")]
    pub old_var: Vec<String>,
    /// Read values for OLD alone from a file. Also `-old-var-file`.
    #[arg(long, value_name = "FILE")]
    pub old_var_file: Vec<PathBuf>,
    /// Give a variable a value in NEW alone. Also `-new-var`.
    #[arg(long, value_name = "NAME=VALUE")]
    pub new_var: Vec<String>,
    /// Read values for NEW alone from a file. Also `-new-var-file`.
    #[arg(long, value_name = "FILE")]
    pub new_var_file: Vec<PathBuf>,
}

/// Two versions of the same flows.
#[derive(Debug, Args)]
pub struct Versions {
    /// The older: a bundle file, or the directory of a module.
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The newer: a bundle file, or the directory of a module.
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Fail where a flow allows what it refused before.
    #[arg(long)]
    pub deny_weaker: bool,
    /// What the variables of both directories are given.
    #[command(flatten)]
    pub values: Values,
    /// What those of one directory are given.
    #[command(flatten)]
    pub sides: Sides,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t = DiffFormat::Human)]
    pub format: DiffFormat,
}

/// A module to take, and where from.
#[derive(Debug, Args)]
pub struct Vendor {
    /// What it is called here, `name/module`.
    #[arg(value_name = "NAME/MODULE")]
    pub module: String,
    /// The directory that holds its files. Nothing is fetched: clone or unpack it first.
    #[arg(long, value_name = "DIR")]
    pub from: PathBuf,
    /// Its version.
    #[arg(long = "version", value_name = "VERSION")]
    pub version: String,
    /// Put it in place of the same version with another content.
    #[arg(long)]
    pub replace: bool,
    /// The project: the directory that holds `vendor/` and `flow.lock`.
    #[arg(value_name = "PROJECT", default_value = ".")]
    pub directory: PathBuf,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t = TextFormat::Human)]
    pub format: TextFormat,
}

/// A place in a file that is being written.
#[derive(Debug, Args)]
pub struct Place {
    /// The file. Names that its neighbours declare are offered too.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Where the cursor stands, line and column from 1.
    #[arg(value_name = "LINE:COL")]
    pub at: String,
    /// Take the file's text from standard input: what an editor has not saved yet.
    #[arg(long)]
    pub stdin: bool,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t = TextFormat::Human)]
    pub format: TextFormat,
}

/// What is signed, by which key, and where it may be served.
#[derive(Debug, Args)]
pub struct Signing {
    /// The bundle that `flowc build` wrote.
    #[arg(value_name = "BUNDLE")]
    pub bundle: PathBuf,
    /// The private key: Ed25519, PKCS#8, PEM.
    #[arg(long, value_name = "FILE", env = "FLOW_SIGNING_KEY_FILE")]
    pub key: PathBuf,
    /// The deployment that may serve it.
    #[arg(long, value_name = "DEPLOYMENT")]
    pub audience: String,
    /// Higher than that of every bundle before; the second of signing where it is not given. To go
    /// back to an old bundle, sign it again.
    #[arg(long, value_name = "N")]
    pub sequence: Option<u64>,
    /// Where the signature goes; beside the bundle where it is not given.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// What to lay out, and whether to write it.
#[derive(Debug, Args)]
pub struct Layout {
    /// Files and directories; the current directory where none is given, `-` for standard input.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Write nothing, and fail where a file is not formatted. Also `-check`.
    #[arg(long)]
    pub check: bool,
    /// Write nothing, and show what would change. Also `-diff`.
    #[arg(long)]
    pub diff: bool,
    /// Go into directories too, but for hidden ones and `vendor`. Also `-recursive`.
    #[arg(long)]
    pub recursive: bool,
    /// How findings are printed.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

/// Options that Terraform writes with one dash, and ours that are made of them.
const TERRAFORMS: [&str; 9] = [
    "-var",
    "-var-file",
    "-check",
    "-diff",
    "-recursive",
    "-old-var",
    "-old-var-file",
    "-new-var",
    "-new-var-file",
];

/// Terraform's options mean the same with one dash as with two.
pub fn with_long_dashes(
    arguments: impl IntoIterator<Item = OsString>,
) -> impl Iterator<Item = OsString> {
    arguments.into_iter().map(|argument| {
        let text = argument.to_string_lossy();
        let name = text.split('=').next().unwrap_or_default();
        if TERRAFORMS.contains(&name) {
            let mut long = OsString::from("-");
            long.push(&argument);
            return long;
        }
        argument
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn one_dash_is_as_good_as_two() {
        for line in ["flowc check d -var a=b -var-file=x", "flowc check --var a=b --var-file x d"] {
            let cli = Cli::parse_from(with_long_dashes(line.split(' ').map(OsString::from)));
            let Command::Check { input, .. } = cli.command else { panic!("not check") };
            assert_eq!(input.values.variables, ["a=b"]);
            assert_eq!(input.values.files, [PathBuf::from("x")]);
        }
    }
}
