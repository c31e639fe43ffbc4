//! Calls of the AWS API by AWS's own Python SDK: a second client, that shares no code with ours.
//!
//! What the daemon and the provider do goes through their own SDK; this is what a test arranges
//! and looks at: users, roles, policies, and the Python functions that AWS's runtime client runs.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use anyhow::{Context, Result, anyhow};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::ministack::{ACCOUNT, REGION};
use crate::venv::Venv;
use crate::{bins, workspace};

/// The role as which every function runs.
const EXECUTION_ROLE: &str = "function";

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The access key id.
    pub key: String,
    /// The secret of the key.
    pub secret: String,
    /// The session token, for an assumed role.
    pub token: Option<String>,
}

impl Identity {
    /// The root of the local AWS.
    pub fn root() -> Self {
        Self { key: "test".into(), secret: "test".into(), token: None }
    }

    /// Gives a command this identity, and the local AWS as its only AWS.
    pub fn lend<'c>(&self, command: &'c mut Command, endpoint: &str) -> &'c mut Command {
        command
            .env("AWS_ACCESS_KEY_ID", &self.key)
            .env("AWS_SECRET_ACCESS_KEY", &self.secret)
            .env("AWS_REGION", REGION)
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_EC2_METADATA_DISABLED", "true");
        match &self.token {
            Some(token) => command.env("AWS_SESSION_TOKEN", token),
            None => command.env_remove("AWS_SESSION_TOKEN"),
        }
    }
}

/// A call that AWS refused.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Refusal {
    /// AWS's error code, such as `AccessDenied`.
    pub code: String,
    /// AWS's own words.
    pub message: String,
    /// The HTTP status; 0 when there was no answer.
    pub status: u16,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({}): {}", self.code, self.status, self.message)
    }
}

impl std::error::Error for Refusal {}

/// A client of the local AWS.
#[derive(Debug)]
pub struct Aws {
    caller: Mutex<Caller>,
    venv: Venv,
}

#[derive(Debug)]
struct Caller {
    child: Child,
    requests: ChildStdin,
    replies: BufReader<ChildStdout>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Reply {
    Ok(Value),
    Error(Refusal),
}

impl Aws {
    /// Starts the client; `folder` gets its complaints.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(venv: &Venv, endpoint: &str, folder: &Path) -> Result<Self> {
        let log = std::fs::File::create(folder.join("aws.log")).context("cannot write aws.log")?;
        let mut command = venv.command("python");
        bins::forget_settings(&mut command);
        let mut child = command
            .arg(workspace::root().join("tests/peers/aws.py"))
            .arg(endpoint)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("cannot start the AWS client")?;
        let requests = child.stdin.take().context("the AWS client has no input")?;
        let replies = BufReader::new(child.stdout.take().context("the AWS client has no output")?);
        let caller = Mutex::new(Caller { child, requests, replies });
        Ok(Self { caller, venv: venv.clone() })
    }

    /// Calls an operation, named as in AWS's Python SDK (`iam`, `create_user`), as root.
    ///
    /// # Errors
    /// A [`Refusal`] when AWS refuses; anything else when there is no answer.
    pub fn call(&self, service: &str, call: &str, args: Value) -> Result<Value> {
        self.call_as(&Identity::root(), service, call, args)
    }

    /// Calls an operation as somebody.
    ///
    /// # Errors
    /// See [`Aws::call`].
    pub fn call_as(&self, who: &Identity, service: &str, call: &str, args: Value) -> Result<Value> {
        let request = json!({
            "key": who.key, "secret": who.secret, "token": who.token, "region": REGION,
            "service": service, "call": call, "args": args,
        });
        let mut caller = self.caller.lock().map_err(|_| anyhow!("an earlier AWS call panicked"))?;
        writeln!(caller.requests, "{request}").context("the AWS client takes no requests")?;
        let mut line = String::new();
        caller.replies.read_line(&mut line).context("the AWS client does not answer")?;
        let reply = serde_json::from_str(&line)
            .with_context(|| format!("the AWS client ended or answered nonsense: {line:?}"))?;
        match reply {
            Reply::Ok(value) => Ok(value),
            Reply::Error(refusal) => Err(refusal.into()),
        }
    }

    /// Makes a user with an access key and no rights. The new user's ARN is
    /// `arn:aws:iam::<account>:user/<name>`.
    ///
    /// # Errors
    /// See [`Aws::call`].
    pub fn create_user(&self, name: &str) -> Result<Identity> {
        self.call("iam", "create_user", json!({ "UserName": name }))?;
        let made = self.call("iam", "create_access_key", json!({ "UserName": name }))?;
        let text = |field: &str| {
            let value = made.pointer(&format!("/AccessKey/{field}")).and_then(Value::as_str);
            value.map(str::to_owned).with_context(|| format!("the new access key has no {field}"))
        };
        Ok(Identity { key: text("AccessKeyId")?, secret: text("SecretAccessKey")?, token: None })
    }

    /// Allows a user what the policy document says.
    ///
    /// # Errors
    /// See [`Aws::call`].
    pub fn allow_user(&self, name: &str, policy_name: &str, document: &Value) -> Result<()> {
        let args = json!({
            "UserName": name, "PolicyName": policy_name, "PolicyDocument": document.to_string(),
        });
        self.call("iam", "put_user_policy", args).map(drop)
    }

    /// The session of a role that somebody assumes.
    ///
    /// # Errors
    /// See [`Aws::call`].
    pub fn assume_role(
        &self,
        who: &Identity,
        role_arn: &str,
        external_id: Option<&str>,
    ) -> Result<Identity> {
        let mut args = json!({ "RoleArn": role_arn, "RoleSessionName": "test" });
        if let (Some(id), Some(args)) = (external_id, args.as_object_mut()) {
            args.insert("ExternalId".into(), id.into());
        }
        let made = self.call_as(who, "sts", "assume_role", args)?;
        let text = |field: &str| {
            let value = made.pointer(&format!("/Credentials/{field}")).and_then(Value::as_str);
            value.map(str::to_owned).with_context(|| format!("the new session has no {field}"))
        };
        let token = Some(text("SessionToken")?);
        Ok(Identity { key: text("AccessKeyId")?, secret: text("SecretAccessKey")?, token })
    }

    /// Makes a function out of a Python file with `handler(event, context)`, run by AWS's own
    /// runtime client, and says its ARN.
    ///
    /// # Errors
    /// When the file cannot be read; and see [`Aws::call`].
    pub fn create_function(
        &self,
        name: &str,
        source: &Path,
        environment: &BTreeMap<String, String>,
    ) -> Result<String> {
        self.create_function_in(&self.venv, name, source, environment)
    }

    /// Makes a function whose Python has the packages of `venv`, `awslambdaric` among them.
    ///
    /// # Errors
    /// See [`Aws::create_function`].
    pub fn create_function_in(
        &self,
        venv: &Venv,
        name: &str,
        source: &Path,
        environment: &BTreeMap<String, String>,
    ) -> Result<String> {
        let app = std::fs::read_to_string(source)
            .with_context(|| format!("cannot read {}", source.display()))?;
        self.create_execution_role()?;
        let bootstrap = format!(
            "#!/bin/sh\ncd \"$LAMBDA_TASK_ROOT\"\nexport PYTHONPATH=\"$LAMBDA_TASK_ROOT\"\n\
             exec '{}' -m awslambdaric \"$_HANDLER\"\n",
            venv.program("python").display()
        );
        let args = json!({
            "FunctionName": name,
            "Runtime": "provided.al2023",
            "Handler": "app.handler",
            "Role": format!("arn:aws:iam::{ACCOUNT}:role/{EXECUTION_ROLE}"),
            "Timeout": 30,
            "Environment": { "Variables": environment },
            "Code": { "ZipFile": { "$zip": { "app.py": app, "bootstrap": bootstrap } } },
        });
        self.call("lambda", "create_function", args)?;
        Ok(function_arn(name))
    }

    /// Every function runs as this role, which may do nothing.
    fn create_execution_role(&self) -> Result<()> {
        let trust = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "lambda.amazonaws.com" },
            "Action": "sts:AssumeRole",
        }]});
        let args = json!({
            "RoleName": EXECUTION_ROLE, "AssumeRolePolicyDocument": trust.to_string(),
        });
        match self.call("iam", "create_role", args) {
            Err(error) if refusal(&error).is_none_or(|said| said.code != "EntityAlreadyExists") => {
                Err(error)
            }
            _ => Ok(()),
        }
    }

    /// Makes by hand what the provider makes: a role below `/flow/` that one user may assume
    /// with an external id, and that may call these functions. Says its ARN.
    ///
    /// # Errors
    /// See [`Aws::call`].
    pub fn create_invoke_role(
        &self,
        name: &str,
        user: &str,
        external_id: &str,
        functions: &[&str],
    ) -> Result<String> {
        let arn = format!("arn:aws:iam::{ACCOUNT}:role/flow/{name}");
        let trust = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:aws:iam::{ACCOUNT}:user/{user}") },
            "Action": "sts:AssumeRole",
            "Condition": { "StringEquals": { "sts:ExternalId": external_id } },
        }]});
        let args = json!({
            "RoleName": name, "Path": "/flow/", "AssumeRolePolicyDocument": trust.to_string(),
        });
        self.call("iam", "create_role", args)?;
        let invoke = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": functions,
        }]});
        let args = json!({
            "RoleName": name, "PolicyName": "invoke", "PolicyDocument": invoke.to_string(),
        });
        self.call("iam", "put_role_policy", args)?;
        let assume = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn,
        }]});
        self.allow_user(user, &format!("assume-{name}"), &assume)?;
        Ok(arn)
    }

    /// Calls a function as somebody and hands back its answer.
    ///
    /// # Errors
    /// See [`Aws::call`]; and when the function failed, with its own words.
    pub fn invoke(&self, who: &Identity, function: &str, payload: &Value) -> Result<Value> {
        let args = json!({ "FunctionName": function, "Payload": { "$text": payload.to_string() } });
        let answer = self.call_as(who, "lambda", "invoke", args)?;
        let body = answer.get("Payload").and_then(Value::as_str).unwrap_or_default();
        if answer.get("FunctionError").is_some() {
            return Err(anyhow!("the function failed: {body}"));
        }
        serde_json::from_str(body).with_context(|| format!("the function answered {body:?}"))
    }

    /// Asks whether somebody may call a function, without calling it.
    ///
    /// # Errors
    /// A [`Refusal`] when they may not.
    pub fn dry_run(&self, who: &Identity, function: &str) -> Result<()> {
        let args = json!({ "FunctionName": function, "InvocationType": "DryRun" });
        self.call_as(who, "lambda", "invoke", args).map(drop)
    }
}

impl Drop for Aws {
    fn drop(&mut self) {
        if let Ok(caller) = self.caller.get_mut() {
            let _ = caller.child.kill();
            let _ = caller.child.wait();
        }
    }
}

/// The unqualified ARN of a function of the local AWS.
pub fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
}

/// The refusal behind an error, where AWS refused.
pub fn refusal(error: &anyhow::Error) -> Option<&Refusal> {
    error.downcast_ref()
}

/// The access function of the examples and the demo, and the file in which it records each call.
pub fn access_function(aws: &Aws, name: &str, record: &Path) -> Result<String> {
    let source = access_source();
    let environment = BTreeMap::from([("FLOW_RECORD".to_owned(), record.display().to_string())]);
    aws.create_function(name, &source, &environment)
}

/// Where the access function's source lies.
pub fn access_source() -> PathBuf {
    workspace::root().join("tests/peers/handlers/access/app.py")
}
