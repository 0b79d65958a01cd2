//! Who has to do with whom: services, hosts, users and addresses that events name together.

use serde::{Deserialize, Serialize};

use crate::{Severity, Timestamp};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum NodeKind {
    Service,
    Host,
    User,
    Address,
}

impl NodeKind {
    pub const ALL: [Self; 4] = [Self::Service, Self::Host, Self::User, Self::Address];

    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Host => "host",
            Self::User => "user",
            Self::Address => "address",
        }
    }

    pub fn plural(self) -> &'static str {
        match self {
            Self::Service => "services",
            Self::Host => "hosts",
            Self::User => "users",
            Self::Address => "addresses",
        }
    }

    /// The field of an event that holds it, as a question names it.
    pub fn field(self) -> &'static str {
        match self {
            Self::Service => "source",
            other => other.name(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Node {
    pub kind: NodeKind,
    /// `None` stands for all of the kind that are not shown one by one.
    pub name: Option<String>,
    /// Of all others, those of the thousand most frequent.
    pub events: u64,
    /// Of the events that name it; `None` where none has a score.
    pub worst: Option<Severity>,
    /// Where it is drawn, from -1 to 1. The same graph is drawn the same way each time.
    pub x: f32,
    pub y: f32,
}

/// Events that name two nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Link {
    /// Places among the nodes.
    pub from: u32,
    pub to: u32,
    pub events: u64,
    pub worst: Option<Severity>,
}

/// An address that is named much more often than others are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BusyAddress {
    pub address: String,
    pub events: u64,
    /// How often that is what an address in the middle has.
    pub times_usual: f64,
    pub worst: Option<Severity>,
}

/// A service with more errors than others have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FailingService {
    pub service: String,
    pub events: u64,
    pub errors: u64,
}

/// A user on a service where they were not seen in the weeks before, though elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewUse {
    pub user: String,
    pub service: String,
    pub events: u64,
    pub worst: Option<Severity>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Graph {
    pub from: Timestamp,
    pub to: Timestamp,
    /// Whether time was up before everything was counted.
    pub is_partial: bool,
    pub nodes: Vec<Node>,
    pub links: Vec<Link>,
    /// How many of each kind are not shown one by one, in the order services, hosts, users, addresses.
    pub others: [u64; 4],
    pub busy_addresses: Vec<BusyAddress>,
    pub failing_services: Vec<FailingService>,
    /// Errors among all events of services, from 0 to 1.
    pub error_rate: f64,
    /// `None` where there is too much before the range to know.
    pub new_uses: Option<Vec<NewUse>>,
}

impl Graph {
    /// Of one kind; the rest is one node.
    pub const NODES_OF_KIND_MAX: usize = 500;
    /// Of each list.
    pub const LISTED_MAX: usize = 10;
    /// How far back a user is looked for on a service, before the range.
    pub const BEFORE_DAYS: i64 = 30;
}
