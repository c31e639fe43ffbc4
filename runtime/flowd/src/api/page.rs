//! Lists come in pages. A cursor names the last thing that was shown; it is signed for the route
//! and the person, so that nobody can look up positions that they were not given.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::Serialize;

use super::problem::Problem;
use super::route::{Call, Param};
use crate::store::{self, Store, StoreError};

/// Where the database keeps the key of cursors.
const META: &str = "cursor_key";
/// Items of a page where nothing is said, and at most.
const LIMIT: usize = 50;
const LIMIT_MAX: usize = 200;
/// Bytes of the signature that stand in a cursor.
const SIGNED: usize = 16;

/// For every list.
pub const LIMIT_PARAM: Param = Param { name: "limit", about: "at most so many, 200 at most" };
/// For every list.
pub const CURSOR_PARAM: Param =
    Param { name: "cursor", about: "`next` of the page before: go on after it" };

/// One page.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// The cursor of the page after it; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Signs cursors.
pub struct Cursors(hmac::Key);

impl Cursors {
    /// With the key of this database; made where there is none.
    ///
    /// # Errors
    /// The database failed.
    pub fn of(store: &dyn Store) -> store::Result<Self> {
        if let Some(text) = store.meta(META)? {
            let key = URL_SAFE_NO_PAD
                .decode(text)
                .map_err(|_| StoreError::Damaged("a cursor key that is no base64".to_owned()))?;
            return Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &key)));
        }
        let mut key = [0; 32];
        aws_lc_rs::rand::fill(&mut key)
            .map_err(|_| StoreError::Stopped("the system gave no randomness".to_owned()))?;
        store.set_meta(META, &URL_SAFE_NO_PAD.encode(key))?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &key)))
    }

    fn tag(&self, call: &Call<'_>, route: &str, position: &str) -> Vec<u8> {
        let text = format!("{route}\n{}\n{position}", call.person.id);
        hmac::sign(&self.0, text.as_bytes()).as_ref().iter().take(SIGNED).copied().collect()
    }
}

impl Call<'_> {
    /// How many items are wanted.
    ///
    /// # Errors
    /// `limit` is no number from 1 to 200.
    pub fn limit(&self) -> Result<usize, Problem> {
        let Some(text) = self.param("limit") else { return Ok(LIMIT) };
        text.parse().ok().filter(|n| (1..=LIMIT_MAX).contains(n)).ok_or_else(|| {
            Problem::malformed(format!("`limit={text}`: it is a number from 1 to {LIMIT_MAX}"))
        })
    }

    /// Where this page of `route` begins: after this position.
    ///
    /// # Errors
    /// The cursor was not given out for this list and this person.
    pub fn position(&self, route: &str) -> Result<Option<String>, Problem> {
        let Some(cursor) = self.param("cursor") else { return Ok(None) };
        let read = || {
            let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
            let (tag, position) = bytes.split_at_checked(SIGNED)?;
            let position = std::str::from_utf8(position).ok()?;
            let own = self.api.cursors.tag(self, route, position);
            aws_lc_rs::constant_time::verify_slices_are_equal(tag, &own).ok()?;
            Some(position.to_owned())
        };
        read().map(Some).ok_or_else(|| {
            Problem::malformed("this cursor is not of this list: begin again without one")
        })
    }

    /// A page; where the list goes on, it goes on after `position`.
    pub fn page<T>(&self, route: &str, items: Vec<T>, position: Option<String>) -> Page<T> {
        let next = position.map(|position| {
            let mut bytes = self.api.cursors.tag(self, route, &position);
            bytes.extend_from_slice(position.as_bytes());
            URL_SAFE_NO_PAD.encode(bytes)
        });
        Page { items, next }
    }

    /// A page of what was read with one item more than `limit`, which tells that the list goes on.
    pub fn cut<T>(
        &self,
        route: &str,
        mut items: Vec<T>,
        limit: usize,
        position: impl Fn(&T) -> String,
    ) -> Page<T> {
        let more = items.len() > limit;
        items.truncate(limit);
        let position = items.last().filter(|_| more).map(position);
        self.page(route, items, position)
    }
}
