use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// An event's identity: 128 bits of a SHA-256 over its origin or content, so that nobody can write
/// a log line that takes another one's place. Travels as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, pattern = "^[0-9a-f]{32}$"))]
pub struct EventId([u8; 16]);

impl EventId {
    /// Hashes the parts with their lengths, so that no two lists of parts run together.
    pub(crate) fn derive(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let digest = hasher.finalize();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        Self(id)
    }

    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventId({self})")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an event id is 32 hexadecimal digits")]
pub struct EventIdError;

impl FromStr for EventId {
    type Err = EventIdError;

    fn from_str(text: &str) -> Result<Self, EventIdError> {
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(EventIdError);
        }
        u128::from_str_radix(text, 16).map(|number| Self(number.to_be_bytes())).map_err(|_| EventIdError)
    }
}

impl Serialize for EventId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EventId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The kind of message an event is: all that differ in nothing but their values have the same. Travels as 16
/// hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, pattern = "^[0-9a-f]{16}$"))]
pub struct TemplateId(pub u64);

impl fmt::Display for TemplateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a template id is 16 hexadecimal digits")]
pub struct TemplateIdError;

impl FromStr for TemplateId {
    type Err = TemplateIdError;

    fn from_str(text: &str) -> Result<Self, TemplateIdError> {
        if text.len() != 16 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(TemplateIdError);
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| TemplateIdError)
    }
}

impl Serialize for TemplateId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TemplateId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Where events live: the public collection, an account's, named by its e-mail address, or a session's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct CollectionId(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the name of a collection has 1 to 120 bytes, no control characters, no $ and no dot at its start")]
pub struct CollectionIdError;

impl CollectionId {
    pub const BYTES_MAX: usize = 120;

    /// The collection everybody may read, under the name existing RADAR databases give it.
    pub fn public() -> Self {
        Self("Event_Logs".into())
    }

    /// A name that is one in every store. Names that begin with `system.` or `radar.` are the stores' own.
    pub fn new(name: &str) -> Result<Self, CollectionIdError> {
        let is_own = name.starts_with("system.") || name.starts_with("radar.") || name.starts_with('.');
        let is_fit = (1..=Self::BYTES_MAX).contains(&name.len())
            && !name.contains(|character: char| character.is_control() || character == '$');
        if is_fit && !is_own && name != "Users" { Ok(Self(name.into())) } else { Err(CollectionIdError) }
    }

    /// A name that was put together here and is known to be fit.
    pub(crate) fn of_own(name: &str) -> Self {
        debug_assert!(Self::new(name).is_ok(), "{name}");
        Self(name.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for CollectionId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_collections_are_fit_for_every_store() {
        for name in ["Event_Logs", "ann@example.org", "session-1f", "a b", "größe", &"x".repeat(120)] {
            assert_eq!(CollectionId::new(name).unwrap().as_str(), name);
        }
        for name in ["", "a$b", "a\0", "system.users", "radar.records", ".hidden", "Users", "a\nb", &"x".repeat(121)] {
            assert_eq!(CollectionId::new(name), Err(CollectionIdError), "{name}");
        }
        assert!(serde_json::from_str::<CollectionId>("\"$where\"").is_err());
    }

    #[test]
    fn templates_travel_as_hexadecimal_text() {
        let id = TemplateId(0x1f);
        assert_eq!(id.to_string(), "000000000000001f");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("1f".parse::<TemplateId>(), Err(TemplateIdError));
    }

    #[test]
    fn ids_travel_as_hexadecimal_text() {
        let id = EventId::derive(&[b"a"]);
        assert_eq!(id.to_string().parse(), Ok(id));
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"{id}\""));
        assert_eq!(serde_json::from_str::<EventId>(&json).unwrap(), id);
    }

    #[test]
    fn anything_else_is_no_id() {
        for text in ["", "12", "+1111111111111111111111111111111", "zz111111111111111111111111111111"] {
            assert_eq!(text.parse::<EventId>(), Err(EventIdError), "{text}");
        }
    }
}
