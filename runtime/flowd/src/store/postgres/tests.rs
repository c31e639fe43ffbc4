//! The suite on a server, and what only nodes that share a database can do.

use std::sync::Arc;

use postgres::{Client, NoTls};

use super::super::conformance::{at, check, effect, note, step};
use super::super::{Committed, Lanes, Started, Store, StoreError};
use super::Postgres;
use super::server::Server;

fn keys(store: &Postgres) -> Vec<String> {
    let rows = store.claim_effects(Lanes::Others, at(0), &[], 9).unwrap();
    rows.into_iter().map(|row| row.draft.key).collect()
}

#[test]
fn the_suite_holds_on_postgres() {
    let Some(server) = Server::start() else { return };
    check(&|i| Arc::new(Postgres::open(&server.database(&format!("case{i}")), "n").unwrap()));
    migrations(&server);
    claims(&server);
    fencing(&server);
    an_hour_of_two_nodes(&server);
    a_lost_connection(&server);
}

fn migrations(server: &Server) {
    // All at once: one migrates, the others find it done.
    for round in 0..4 {
        let url = server.database(&format!("migrations{round}"));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| Postgres::open(&url, "n").unwrap());
            }
        });
    }
    let url = server.database("migrations");
    Postgres::open(&url, "n").unwrap();
    let mut client = Client::connect(&url, NoTls).unwrap();
    client.execute("INSERT INTO versions VALUES (99, 'later')", &[]).unwrap();
    let refused = Postgres::open(&url, "n").err().unwrap();
    assert!(matches!(refused, StoreError::Newer { found: 99, .. }), "{refused}");
    let nowhere = Postgres::open("postgres://127.0.0.1:1/none", "n").err().unwrap();
    assert!(matches!(nowhere, StoreError::Postgres(_)), "{nowhere}");
}

/// What one node has claimed is not there for the other, until the one has lost its lease.
fn claims(server: &Server) {
    let url = server.database("claims");
    let (one, two) = (Postgres::open(&url, "one").unwrap(), Postgres::open(&url, "two").unwrap());
    let mut commit = step("a", "r1", 0);
    commit.effects = vec![effect("x:1", "l", 0), effect("y:1", "m", 0)];
    one.commit(commit).unwrap();
    let first = one.claim_effects(Lanes::Others, at(0), &[], 1).unwrap();
    assert_eq!(first[0].draft.key, "x:1");
    assert_eq!(keys(&two), ["y:1"]);
    assert_eq!(keys(&one), ["x:1"]);
    assert_eq!(one.start_effect("x:1", 1, "one", at(1)).unwrap(), Started::Durable);
    expire(&url, one.token());
    let taken = two.claim_effects(Lanes::Others, at(0), &[], 9).unwrap();
    let started: Vec<_> = taken.iter().map(|row| row.started_at.is_some()).collect();
    assert_eq!(started, [true, false], "what was begun says so");
}

/// A node that has lost its lease writes nothing any more, whatever it wants.
fn fencing(server: &Server) {
    let url = server.database("fencing");
    let (one, two) = (Postgres::open(&url, "one").unwrap(), Postgres::open(&url, "two").unwrap());
    assert!(two.token() > one.token());
    one.commit(step("a", "r1", 0)).unwrap();
    expire(&url, one.token());
    let refused = one.commit(step("b", "r1", 1)).unwrap_err();
    assert!(matches!(&refused, StoreError::Away(_) | StoreError::Stopped(_)), "{refused}");
    assert!(refused.to_string().contains("lost its lease"), "{refused}");
    let refused = one.note(vec![note("x")]).unwrap_err();
    assert!(matches!(refused, StoreError::Stopped(_)), "{refused}");
    assert_eq!(two.request("r1").unwrap().unwrap().version, 1);
    assert_eq!(two.commit(step("b", "r1", 1)).unwrap(), Committed::Durable);
}

fn expire(url: &str, token: i64) {
    let mut client = Client::connect(url, NoTls).unwrap();
    let sql = "UPDATE nodes SET until = clock_timestamp() - interval '1 second' WHERE token = $1";
    assert_eq!(client.execute(sql, &[&token]).unwrap(), 1);
}

/// Two nodes write at once: of those who read the same one wins, and the trail is one.
fn an_hour_of_two_nodes(server: &Server) {
    let url = server.database("nodes");
    let nodes = ["one", "two"].map(|name| Arc::new(Postgres::open(&url, name).unwrap()));
    nodes[0].commit(step("open", "r1", 0)).unwrap();
    for round in 1..=20 {
        let came = std::thread::scope(|scope| {
            let threads = nodes.each_ref().map(|node| {
                let id = format!("{}-{round}", node.token());
                scope.spawn(move || node.commit(step(&id, "r1", round)).unwrap())
            });
            threads.map(|thread| thread.join().unwrap())
        });
        let won = came.iter().filter(|c| **c == Committed::Durable).count();
        assert_eq!((won, came.contains(&Committed::Conflict)), (1, true), "{round}");
    }
    let mut client = Client::connect(&url, NoTls).unwrap();
    let sql = "SELECT count(*), max(seq), max(block) FROM audit";
    let row = client.query_one(sql, &[]).unwrap();
    let (rows, seq): (i64, i64) = (row.get(0), row.get(1));
    assert_eq!((rows, seq), (21, 21));
    assert_eq!(nodes[1].audit_head().unwrap().unwrap().0, row.get::<_, i64>(2) as u64);
}

/// The server ends every connection: what is asked then fails or not, and the next try works.
fn a_lost_connection(server: &Server) {
    let url = server.database("lost");
    let store = Postgres::open(&url, "n").unwrap();
    store.commit(step("a", "r1", 0)).unwrap();
    let mut admin = Client::connect(&url, NoTls).unwrap();
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = 'lost' AND pid <> pg_backend_pid()";
    admin.execute(sql, &[]).unwrap();
    let mut tries = 0;
    let came = loop {
        tries += 1;
        match store.commit(step("b", "r1", 1)) {
            Ok(came) => break came,
            Err(error) => assert!(matches!(error, StoreError::Away(_) | StoreError::Postgres(_))),
        }
        assert!(tries < 5);
    };
    let seen = Committed::AlreadySeen("reply to b".into());
    assert!(came == Committed::Durable || came == seen, "{came:?}");
    assert_eq!(
        store.request("r1").unwrap_or_else(|_| store.request("r1").unwrap()).unwrap().version,
        2
    );
}
