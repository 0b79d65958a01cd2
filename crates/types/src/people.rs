//! What pages are told of people: who looks at them, accounts, tokens, and who did what.

use serde::{Deserialize, Serialize};

use crate::{Email, Role, Scope, Side, Timestamp};

/// Who may make an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Registration {
    Open,
    #[default]
    Invitation,
    Off,
}

impl Registration {
    pub const ALL: [Self; 3] = [Self::Open, Self::Invitation, Self::Off];

    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Invitation => "invitation",
            Self::Off => "off",
        }
    }
}

/// Who looks at a page, and at what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Viewer {
    pub side: Side,
    pub account: Option<Me>,
    /// Until when the private session lasts at most, where there is one.
    pub session: Option<PrivateSession>,
    pub registration: Registration,
    /// There is no account at all yet.
    pub needs_setup: bool,
    /// What makes the first administrator is in the log of the server.
    pub needs_setup_code: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    pub email: Email,
    pub role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PrivateSession {
    /// It ends then, however much it is used.
    pub ends: Timestamp,
    /// And before, when it was not used for so long.
    pub idle_minutes: u32,
}

impl Viewer {
    /// Whether it works with the collection in view, and not only reads it.
    pub fn works(&self) -> bool {
        self.side == Side::Private || self.account.as_ref().is_some_and(|me| me.role >= Role::Analyst)
    }

    pub fn administers(&self) -> bool {
        self.account.as_ref().is_some_and(|me| me.role == Role::Administrator)
    }
}

/// An account as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountInfo {
    pub email: Email,
    pub role: Role,
    pub created: Timestamp,
    pub last_login: Option<Timestamp>,
}

/// What a token is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewToken {
    pub name: String,
    pub scopes: Vec<Scope>,
    /// From then on it is good for nothing.
    pub expires: Option<Timestamp>,
}

impl NewToken {
    /// With 0 `days` it does not end by itself.
    pub fn of_form(name: String, may_send: bool, may_read: bool, days: u32, now: Timestamp) -> Self {
        let scopes = [(may_send, Scope::Ingest), (may_read, Scope::Read)];
        let scopes = scopes.into_iter().filter_map(|(may, scope)| may.then_some(scope)).collect();
        let expires = (days > 0).then(|| now.saturating_add_millis(i64::from(days) * 86_400_000));
        Self { name, scopes, expires }
    }
}

/// A token as it is listed; its secret was shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenInfo {
    /// Names it, and opens nothing.
    pub id: String,
    pub name: String,
    pub scopes: Vec<Scope>,
    pub created: Timestamp,
    pub created_by: String,
    pub last_used: Option<Timestamp>,
    pub expires: Option<Timestamp>,
}

/// Something that somebody did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Deed {
    pub when: Timestamp,
    /// An account, or the session of somebody without one.
    pub who: String,
    /// A few words, such as `logged in`.
    pub what: String,
    /// What it was done to, where that isn't said.
    pub about: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditPage {
    /// Latest first.
    pub deeds: Vec<Deed>,
    /// Where to go on.
    pub next: Option<String>,
}

/// How long the events of a collection are kept; without a limit, for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Keeping {
    pub days: Option<u32>,
    pub bytes: Option<u64>,
}

impl Keeping {
    /// Where 0 is no limit.
    pub fn of_form(days: u32, megabytes: u32) -> Self {
        let bytes = (megabytes > 0).then(|| u64::from(megabytes) << 20);
        Self { days: (days > 0).then_some(days), bytes }
    }
}

/// What programs ask of the session that their cookie stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionState {
    /// Its public name, which opens nothing.
    pub session_id: String,
    /// The file whose events were sent last.
    pub current_file: Option<String>,
    /// What scores events.
    pub current_model: String,
    /// Whether the collection in view holds events.
    pub has_results: bool,
}
