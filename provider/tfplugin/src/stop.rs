//! The user's wish to end an apply early.

use std::sync::Arc;

use tokio::sync::watch;

/// Told once, for good, to every running call.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Stop {
    pub(crate) fn tell(&self) {
        self.0.send_replace(true);
    }

    /// Whether the user wants to stop.
    #[must_use]
    pub fn is_told(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends when the user wants to stop.
    pub async fn told(&self) {
        // An error means that nobody can tell any more; this value itself holds the sender.
        drop(self.0.subscribe().wait_for(|told| *told).await);
    }
}
