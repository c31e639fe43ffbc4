//! A node's lease: it lasts 15 seconds by the database's clock and is renewed every 5. Who cannot
//! renew in time writes nothing any more, and what it began is taken over by others.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use postgres::Client;

use super::{Result, StoreError, connect};

/// How long a lease lasts.
const LASTS: &str = "15 seconds";
/// How often it is renewed.
const RENEW: Duration = Duration::from_secs(5);

/// A lease, renewed until it is dropped.
pub struct Lease {
    /// The fencing token.
    pub token: i64,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Lease {
    /// Joins under a token of its own.
    ///
    /// # Errors
    /// The database failed.
    pub fn take(url: &str, node: &str) -> Result<Self> {
        let mut client = connect(url)?;
        let mut tx = client.transaction()?;
        let sql = "UPDATE heads SET token = token + 1 RETURNING token";
        let token: i64 = tx.query_one(sql, &[])?.get(0);
        let sql =
            format!("INSERT INTO nodes VALUES ($1, $2, clock_timestamp() + interval '{LASTS}')");
        tx.execute(&sql, &[&token, &node])?;
        tx.commit()?;
        let (stop, stopped) = channel();
        let url = url.to_owned();
        let renew = move || {
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(RENEW) {
                if client.is_closed() {
                    match connect(&url) {
                        Ok(again) => client = again,
                        Err(error) => {
                            tracing::error!(%error, "the lease cannot be renewed");
                            continue;
                        }
                    }
                }
                match renew(&mut client, token) {
                    Ok(true) => {}
                    Ok(false) => return tracing::error!("the lease is lost"),
                    Err(error) => tracing::error!(%error, "the lease cannot be renewed"),
                }
            }
            // Given back, so that nobody waits for its end.
            let _away = client.execute("DELETE FROM nodes WHERE token = $1", &[&token]);
        };
        let thread = std::thread::Builder::new()
            .name("store-lease".to_owned())
            .spawn(renew)
            .map_err(|source| StoreError::File { path: "store-lease".to_owned(), source })?;
        Ok(Self { token, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

/// Whether there was still something to renew.
fn renew(client: &mut Client, token: i64) -> Result<bool> {
    let sql = format!(
        "UPDATE nodes SET until = clock_timestamp() + interval '{LASTS}'
         WHERE token = $1 AND until > clock_timestamp()"
    );
    Ok(client.execute(&sql, &[&token])? == 1)
}
