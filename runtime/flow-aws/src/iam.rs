//! Roles, policies and tags, as the provider needs them.
