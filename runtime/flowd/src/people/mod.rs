//! Who somebody is: people, links, tokens.

use flow_engine::{Person, PersonId};

use crate::store::Result;

/// The people that this deployment knows, as deciding needs them.
pub trait People: Send + Sync {
    /// The person with this id, active or not.
    ///
    /// # Errors
    /// The database failed.
    fn person(&self, id: PersonId) -> Result<Option<Person>>;
    /// The person to whom this lower-case address belongs, active or not.
    ///
    /// # Errors
    /// The database failed.
    fn person_by_email(&self, email: &str) -> Result<Option<Person>>;
    /// Everybody who is active.
    ///
    /// # Errors
    /// The database failed.
    fn active(&self) -> Result<Vec<Person>>;
}
