//! A record of the audit trail in the form of OCSF, the Open Cybersecurity Schema Framework
//! (schema.ocsf.io, version 1.5.0), which security lakes and event collectors read. Pure.
//!
//! Access that begins or ends is *User Access Management* (3005): assign, revoke. All else is
//! *Entity Management* (3004) of the request, of the person, token or bundle, or of the deployment.
//! The record as it stands in the trail is in `unmapped`, so that nothing is lost.

use serde_json::{Value as Json, json};

use crate::store::AuditRow;

/// The version of the schema.
pub const VERSION: &str = "1.5.0";

/// Whose access a record is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The canonical id.
    pub id: String,
    /// As people know them.
    pub username: String,
}

/// What class 3004 calls what happened.
const CREATE: u8 = 1;
const UPDATE: u8 = 3;
const DELETE: u8 = 4;

/// The record as an event. `holder` is whose request it is, for access that begins or ends.
#[must_use]
pub fn event(row: &AuditRow, record: Json, holder: Option<&Holder>) -> Json {
    let body = row.body.clone().unwrap_or_default();
    let text = |at: &str| body.pointer(at).and_then(Json::as_str).unwrap_or_default();
    let kind = text("/kind");
    let access = match (kind, holder) {
        ("grant.active", Some(holder)) => Some((1, holder)),
        ("grant.ended", Some(holder)) => Some((2, holder)),
        _ => None,
    };
    let (class, activity) = match access {
        Some((activity, _)) => (3005, activity),
        None => (3004, activity(kind)),
    };
    let failed = is_failure(kind);
    let mut event = json!({
        "activity_id": activity,
        "actor": { "user": actor(&body) },
        "category_uid": 3,
        "class_uid": class,
        "message": format!("{kind}{}", reason(text("/rule"))),
        "metadata": {
            "correlation_uid": row.request,
            "event_code": kind,
            "log_name": "audit",
            "product": { "name": "Flow", "vendor_name": "Flow", "version": env!("CARGO_PKG_VERSION") },
            "sequence": row.seq,
            "uid": row.hash,
            "version": VERSION,
        },
        "severity_id": severity(kind),
        "status_id": if failed { 2 } else { 1 },
        "time": row.at.as_millisecond(),
        "type_uid": class * 100 + u32::from(activity),
        "unmapped": record,
    });
    if let Some(metadata) = event.get_mut("metadata").and_then(Json::as_object_mut) {
        metadata.retain(|_, value| !value.is_null());
    }
    if let Some(map) = event.as_object_mut() {
        if let Some((_, holder)) = access {
            let user = json!({ "uid": holder.id, "name": holder.username, "type_id": 1 });
            map.insert("user".to_owned(), user);
            let target = json!([{ "uid": text("/facts/target"), "name": text("/facts/target") }]);
            map.insert("resources".to_owned(), target);
        } else {
            map.insert("entity".to_owned(), entity(row, kind, &body));
        }
    }
    event
}

/// Who acted; the daemon itself is a system account.
fn actor(body: &Json) -> Json {
    match (body.pointer("/actor/id"), body.pointer("/actor/username")) {
        (Some(id), Some(name)) => json!({ "uid": id, "name": name, "type_id": 1 }),
        _ => json!({ "name": "flowd", "type_id": 3 }),
    }
}

/// What was created, changed or deleted.
fn entity(row: &AuditRow, kind: &str, body: &Json) -> Json {
    let of = kind.split('.').next().unwrap_or_default();
    let known = body.pointer("/facts/id").and_then(Json::as_str).unwrap_or(of);
    let uid = row.request.as_deref().unwrap_or(known);
    // 99, "other": what it is says `type`.
    let (word, type_id) = match of {
        _ if row.request.is_some() => ("Access request", 99),
        "person" => ("User", 2),
        "bundle" => ("Policy", 5),
        "token" => ("Token", 99),
        _ => ("Deployment", 99),
    };
    json!({ "uid": uid, "name": uid, "type": word, "type_id": type_id })
}

fn activity(kind: &str) -> u8 {
    match kind {
        "request.opened" | "person.added" | "token.issued" | "bundle.loaded" => CREATE,
        "token.revoked" | "person.deactivated" | "request.ended" => DELETE,
        _ => UPDATE,
    }
}

/// Whether something was refused or went wrong.
fn is_failure(kind: &str) -> bool {
    let word = kind.split('.').nth(1).unwrap_or_default();
    matches!(word, "refused" | "failed" | "errored" | "stuck" | "reused")
}

/// OCSF: 1 informational, 3 medium, 4 high, 5 critical.
fn severity(kind: &str) -> u8 {
    match kind {
        "grant.stuck" => 5,
        "token.reused" | "bundle.refused" => 4,
        "deployment.frozen" | "deployment.revoked" => 3,
        kind if is_failure(kind) => 3,
        _ => 1,
    }
}

fn reason(rule: &str) -> String {
    if rule.is_empty() { String::new() } else { format!(": {rule}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What version 1.5.0 of the schema requires of both classes, and of the objects in them.
    const REQUIRED: [&str; 9] = [
        "/activity_id",
        "/category_uid",
        "/class_uid",
        "/metadata/product",
        "/metadata/version",
        "/severity_id",
        "/time",
        "/type_uid",
        "/actor/user/name",
    ];

    fn row(kind: &str, request: Option<&str>, actor: Json) -> AuditRow {
        AuditRow {
            seq: 7,
            block: 1,
            at: "2026-11-25T00:00:00.5Z".parse().unwrap(),
            request: request.map(str::to_owned),
            body: Some(json!({
                "kind": kind, "actor": actor, "rule": "every stage is met",
                "facts": { "target": "target.aws_lambda_function.db", "id": "x1" },
            })),
            hash: "ab".repeat(32),
        }
    }

    #[test]
    fn every_event_has_what_its_class_requires() {
        let holder = Holder { id: "u1".to_owned(), username: "ana".to_owned() };
        let ben = json!({ "id": "u2", "username": "ben" });
        let kinds = flow_engine::audit::KINDS.into_iter().chain(["person.added", "token.reused"]);
        for kind in kinds {
            let row = row(kind, Some("req_1"), ben.clone());
            let event = event(&row, json!({ "sequence": 7 }), Some(&holder));
            for path in REQUIRED {
                let value = event.pointer(path);
                assert!(value.is_some_and(|v| !v.is_null()), "{kind} has no {path}");
            }
            let of = if event["class_uid"] == 3005 { "user" } else { "entity" };
            assert!(event[of]["uid"].is_string(), "{kind} has no {of}");
            let (class, activity) = (&event["class_uid"], &event["activity_id"]);
            let type_uid = class.as_u64().unwrap() * 100 + activity.as_u64().unwrap();
            assert_eq!(event["type_uid"], type_uid, "{kind}");
            assert_eq!(event["unmapped"]["sequence"], 7);
        }
    }

    #[test]
    fn access_is_assigned_and_revoked() {
        let holder = Holder { id: "u1".to_owned(), username: "ana".to_owned() };
        for (kind, activity) in [("grant.active", 1), ("grant.ended", 2)] {
            let event = event(&row(kind, Some("req_1"), Json::Null), Json::Null, Some(&holder));
            assert_eq!(event["class_uid"], 3005);
            assert_eq!(event["activity_id"], activity);
            assert_eq!(event["user"], json!({ "uid": "u1", "name": "ana", "type_id": 1 }));
            assert_eq!(event["resources"][0]["uid"], "target.aws_lambda_function.db");
            assert_eq!(event["actor"]["user"]["name"], "flowd");
            assert_eq!(event["metadata"]["correlation_uid"], "req_1");
            assert_eq!(event["time"], 1_795_564_800_500_i64);
        }
        let stuck = event(&row("grant.stuck", Some("req_1"), Json::Null), Json::Null, None);
        assert_eq!((&stuck["severity_id"], &stuck["status_id"]), (&json!(5), &json!(2)));
    }
}
