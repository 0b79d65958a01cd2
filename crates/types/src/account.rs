//! Who people are to RADAR, and which of two collections they look at.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::CollectionId;

/// An e-mail address: the name of an account, and of the collection that is its own.
///
/// Written in lower case and in ASCII, so that two accounts never look alike; a domain with other letters is written as
/// the mail system itself writes it, `xn--`. Nothing is ever sent to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, max_length = 100))]
pub struct Email(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an e-mail address is a name, an @ and a domain, in letters from a to z, digits and . _ + - ' % & = ~ and has up to {max} characters", max = Email::BYTES_MAX)]
pub struct EmailError;

impl Email {
    pub const BYTES_MAX: usize = 100;

    pub fn new(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        if text.len() > Self::BYTES_MAX {
            return Err(EmailError);
        }
        let text = text.to_ascii_lowercase();
        let (name, domain) = text.split_once('@').ok_or(EmailError)?;
        let is_of = |part: &str, others: &str| {
            part.split('.').all(|piece| {
                !piece.is_empty() && piece.chars().all(|letter| letter.is_ascii_alphanumeric() || others.contains(letter))
            })
        };
        if is_of(name, "_+-'%&=~") && is_of(domain, "-") { Ok(Self(text)) } else { Err(EmailError) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The collection of the account. It has the account's name, as in existing RADAR databases, but where that is a
    /// name that stores keep for themselves.
    pub fn collection(&self) -> CollectionId {
        CollectionId::new(&self.0).unwrap_or_else(|_| CollectionId::of_own(&format!("account:{}", self.0)))
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

/// What an account may do with what is everybody's. With its own collection each does as it likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Role {
    /// Reads.
    Viewer,
    /// Judges events, saves searches, and makes tokens.
    Analyst,
    /// Everything: people, settings, how long events are kept.
    Administrator,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Analyst, Self::Administrator];

    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Analyst => "analyst",
            Self::Administrator => "administrator",
        }
    }
}

/// Which collection is in view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Side {
    /// The one that everybody may read.
    #[default]
    Public,
    /// The account's own, or that of a private session.
    Private,
}

/// What the bearer of a token may do, in the one collection that it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Scope {
    Ingest,
    Read,
}

/// The public name of a browser's session. It opens nothing; the secret is in the cookie alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct SessionAlias(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the name of a session is 32 hexadecimal digits")]
pub struct SessionAliasError;

impl SessionAlias {
    pub fn new(text: &str) -> Result<Self, SessionAliasError> {
        let is_alias = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if is_alias { Ok(Self(text.into())) } else { Err(SessionAliasError) }
    }

    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(format!("{:032x}", u128::from_be_bytes(bytes)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The collection that vanishes with the session.
    pub fn collection(&self) -> CollectionId {
        CollectionId::of_own(&format!("{SESSION_PREFIX}{}", self.0))
    }

    /// Of which session a collection is.
    pub fn of_collection(id: &CollectionId) -> Option<Self> {
        id.as_str().strip_prefix(SESSION_PREFIX).and_then(|alias| Self::new(alias).ok())
    }
}

/// No e-mail address has a colon, so no account's collection looks like a session's.
const SESSION_PREFIX: &str = "session:";

impl<'de> Deserialize<'de> for SessionAlias {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_in_one_way() {
        for (text, expected) in [
            ("ann@example.org", "ann@example.org"),
            ("  Ann@Example.ORG\n", "ann@example.org"),
            ("o'neil+radar@xn--bcher-kva.example", "o'neil+radar@xn--bcher-kva.example"),
            ("root@localhost", "root@localhost"),
        ] {
            assert_eq!(Email::new(text).unwrap().as_str(), expected, "{text:?}");
        }
    }

    #[test]
    fn what_could_mean_something_else_is_no_address() {
        for text in [
            "",
            "@",
            "ann",
            "ann@",
            "@example.org",
            "ann@example..org",
            ".ann@example.org",
            "ann@b@example.org",
            "../../etc/passwd@example.org",
            "ann\\@example.org",
            "$where@example.org",
            "{\"$ne\":1}@example.org",
            "ann@example.org\0",
            "an n@example.org",
            "ann:1@example.org",
            "<ann>@example.org",
            // The first letter is Cyrillic.
            "\u{430}nn@example.org",
            "ann@ex\u{e4}mple.org",
            &format!("{}@example.org", "a".repeat(Email::BYTES_MAX)),
        ] {
            assert_eq!(Email::new(text), Err(EmailError), "{text:?}");
        }
        assert!(serde_json::from_str::<Email>("\"$where\"").is_err());
    }

    #[test]
    fn every_account_has_a_collection_of_its_own() {
        for (email, expected) in [
            ("ann@example.org", "ann@example.org"),
            ("system.admin@example.org", "account:system.admin@example.org"),
            ("radar.team@example.org", "account:radar.team@example.org"),
        ] {
            let collection = Email::new(email).unwrap().collection();
            assert_eq!(collection.as_str(), expected);
            assert_eq!(CollectionId::new(collection.as_str()), Ok(collection));
        }
    }

    #[test]
    fn a_session_and_its_collection_name_each_other() {
        let alias = SessionAlias::from_bytes([0xab; 16]);
        assert_eq!(alias.as_str(), "ab".repeat(16));
        assert_eq!(SessionAlias::of_collection(&alias.collection()), Some(alias));
        for other in ["Event_Logs", "ann@example.org", "session:", "session:AB", "session:../x"] {
            assert_eq!(SessionAlias::of_collection(&CollectionId::new(other).unwrap()), None, "{other}");
        }
    }

    #[test]
    fn roles_rise() {
        assert!(Role::Viewer < Role::Analyst && Role::Analyst < Role::Administrator);
    }
}
