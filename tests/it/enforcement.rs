//! A grant against an AWS that enforces: nothing before it, exactly the bundle's functions while it
//! stands, nothing after it.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde_json::json;
use tests::aws::{self, Identity};
use tests::need;
use tests::terraform::Terraform;

use crate::terraform::stage::Stage;

/// AWS's code for a call that has to be refused.
fn refused<T: std::fmt::Debug>(called: Result<T>) -> Result<String> {
    match called {
        Ok(answer) => bail!("AWS allowed what it had to refuse: {answer:?}"),
        Err(error) => match aws::refusal(&error) {
            Some(said) if said.status == 403 => Ok(said.code.clone()),
            _ => Err(error.context("AWS did not refuse, it failed")),
        },
    }
}

#[test]
fn a_grant_allows_its_functions_and_nothing_else() {
    let terraform = need!("terraform", Terraform::find());
    let stage = need!("ministack", Stage::start(terraform));
    let aws = &stage.aws;
    let source = aws::access_source();
    let [alpha, beta, gamma] = ["alpha", "beta", "gamma"]
        .map(|name| aws.create_function(name, &source, &BTreeMap::new()).unwrap());
    let denied = |who: &Identity, function: &str| {
        assert_eq!(refused(aws.dry_run(who, function)).unwrap(), "AccessDeniedException");
        let call = aws.invoke(who, function, &json!({}));
        assert_eq!(refused(call).unwrap(), "AccessDeniedException");
    };

    denied(&stage.daemon, &alpha);

    stage.write(&["alpha", "beta"], &[]).unwrap();
    stage.apply().unwrap();
    let binding = stage.binding().unwrap();
    let role = binding["roles"][0]["role_arn"].as_str().unwrap();
    let external_id = binding["external_id"].as_str().unwrap();
    let other = &external_id.replace(&external_id[..1], "x");
    for wrong in [None, Some("guessed"), Some(other.as_str())] {
        let assumed = aws.assume_role(&stage.daemon, role, wrong);
        assert_eq!(refused(assumed).unwrap(), "AccessDenied", "external id {wrong:?}");
    }
    let stranger = aws.create_user("stranger").unwrap();
    let assumed = aws.assume_role(&stranger, role, Some(external_id));
    assert_eq!(refused(assumed).unwrap(), "AccessDenied", "a stranger");

    let session = aws.assume_role(&stage.daemon, role, Some(external_id)).unwrap();
    for function in [&alpha, &beta] {
        aws.dry_run(&session, function).unwrap();
    }
    denied(&session, &gamma);
    // By itself the daemon still may not: only as the role.
    denied(&stage.daemon, &alpha);
    let about = json!({ "FunctionName": alpha });
    for (call, args) in
        [("get_function", about.clone()), ("list_functions", json!({})), ("delete_function", about)]
    {
        let called = aws.call_as(&session, "lambda", call, args);
        assert_eq!(refused(called).unwrap(), "AccessDeniedException", "{call}");
    }
    let escalate = json!({ "RoleName": "flow-prod" });
    assert_eq!(
        refused(aws.call_as(&session, "iam", "get_role", escalate)).unwrap(),
        "AccessDenied"
    );

    stage.write(&["beta"], &[]).unwrap();
    stage.apply().unwrap();
    denied(&session, &alpha);
    aws.dry_run(&session, &beta).unwrap();

    stage.destroy().unwrap();
    let assumed = aws.assume_role(&stage.daemon, role, Some(external_id));
    assert_eq!(refused(assumed).unwrap(), "AccessDenied", "after the destroy");
}
