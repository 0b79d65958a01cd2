//! Who has to do with whom, and what is unusual about it.
//!
//! Everything is counted in the range of time and with the filter of the page, in the same few questions however many nodes
//! there are.

mod layout;
mod unusual;

use std::collections::HashMap;

use radar_store::{Ask, Pair, Partly, Top};
use radar_types::graph::{Graph, Link, Node, NodeKind};
use radar_types::query::{Field, Filter, Period};
use radar_types::{Severity, Side, Span, Timestamp};

use crate::{Actor, Error, Result, Services};

/// More are not asked for; a store lists no more.
const VALUES: u32 = radar_store::PAGE_EVENTS_MAX;
const DAY_MILLIS: i64 = 86_400_000;
/// What is drawn as a line.
const LINKED: [[NodeKind; 2]; 3] =
    [[NodeKind::Service, NodeKind::Host], [NodeKind::User, NodeKind::Service], [NodeKind::Address, NodeKind::Service]];

impl Services {
    pub async fn graph(&self, actor: &Actor, side: Side, question: &str, span: Span, now: Timestamp) -> Result<Graph> {
        let collection = actor.reads(side)?;
        let period = span.period(now);
        let ask = self.ask(&collection, question, period).await?;
        let [services, hosts, users, addresses] = NodeKind::ALL.map(|kind| self.nodes_of(&ask, kind));
        let (services, hosts, users, addresses) = tokio::try_join!(services, hosts, users, addresses)?;
        let counted = [services, hosts, users, addresses];
        let [of_hosts, of_users, of_addresses] = LINKED.map(|kinds| self.paired(&ask, kinds.map(field)));
        let of_levels = self.paired(&ask, [Field::Source, Field::Level]);
        let (of_hosts, of_users, of_addresses, of_levels) = tokio::try_join!(of_hosts, of_users, of_addresses, of_levels)?;
        let before = Period { from: period.from.saturating_add_millis(-Graph::BEFORE_DAYS * DAY_MILLIS), to: period.from };
        let uses_before = Ask::all(collection, ask.scale.clone()).with(Filter::Time(before));
        let uses_before = self.paired(&uses_before, [Field::User, Field::Source]).await?;

        let (failing_services, error_rate) = unusual::failing_services(&of_levels.value);
        let is_partial = counted.iter().any(|counted| counted.is_partial)
            || [&of_hosts, &of_users, &of_addresses, &of_levels, &uses_before].iter().any(|pairs| pairs.is_partial);
        let busy_addresses = unusual::busy_addresses(&counted[3].tops);
        let new_uses = unusual::new_uses(&of_users.value, &uses_before.value, uses_before.is_partial);
        let mut drawing = Drawing::default();
        for (kind, counted) in NodeKind::ALL.into_iter().zip(&counted) {
            drawing.add_nodes(kind, counted);
        }
        for (kinds, pairs) in LINKED.into_iter().zip([of_hosts, of_users, of_addresses]) {
            drawing.add_links(kinds, &pairs.value);
        }
        let drawn = tokio::task::spawn_blocking(move || drawing.laid_out()).await.map_err(Error::internal)?;
        let Drawing { nodes, links, others, .. } = drawn;
        Ok(Graph {
            from: period.from,
            to: period.to,
            is_partial,
            nodes,
            links,
            others,
            busy_addresses,
            failing_services,
            error_rate,
            new_uses,
        })
    }

    async fn nodes_of(&self, ask: &Ask, kind: NodeKind) -> Result<Counted> {
        let tops = self.store.top(ask, &field(kind), VALUES).await?;
        let is_full = tops.value.len() >= VALUES as usize;
        // They are counted once more only where the list says nothing of how many there are.
        let distinct = if is_full {
            self.store.distinct(ask, &field(kind)).await?
        } else {
            Partly { value: tops.value.len() as u64, is_partial: false }
        };
        Ok(Counted { tops: tops.value, distinct: distinct.value, is_partial: tops.is_partial || distinct.is_partial })
    }

    async fn paired(&self, ask: &Ask, fields: [Field; 2]) -> Result<Partly<Vec<Pair>>> {
        Ok(self.store.pairs(ask, &fields, VALUES).await?)
    }
}

fn field(kind: NodeKind) -> Field {
    match kind {
        NodeKind::Service => Field::Source,
        NodeKind::Host => Field::Host,
        NodeKind::User => Field::User,
        NodeKind::Address => Field::Address,
    }
}

struct Counted {
    tops: Vec<Top>,
    distinct: u64,
    is_partial: bool,
}

/// The graph while it is made.
#[derive(Default)]
struct Drawing {
    nodes: Vec<Node>,
    links: Vec<Link>,
    others: [u64; 4],
    places: HashMap<(NodeKind, String), u32>,
    /// The node of all others of a kind.
    others_places: HashMap<NodeKind, u32>,
}

impl Drawing {
    fn add_nodes(&mut self, kind: NodeKind, counted: &Counted) {
        let named = counted.tops.iter().filter(|top| !top.value.is_empty());
        let (shown, rest) = (named.clone().take(Graph::NODES_OF_KIND_MAX), named.skip(Graph::NODES_OF_KIND_MAX));
        for top in shown {
            let place = self.add(kind, Some(top.value.clone()), top.count, top.worst);
            self.places.insert((kind, top.value.clone()), place);
        }
        let left_out = counted.distinct.saturating_sub(Graph::NODES_OF_KIND_MAX as u64);
        let (mut events, mut worst) = (0, None);
        for top in rest {
            events += top.count;
            worst = worst.max(top.worst);
        }
        if left_out > 0 {
            let place = self.add(kind, None, events, worst);
            self.others[kind as usize] = left_out;
            self.others_places.insert(kind, place);
        }
    }

    fn add(&mut self, kind: NodeKind, name: Option<String>, events: u64, worst: Option<Severity>) -> u32 {
        self.nodes.push(Node { kind, name, events, worst, x: 0.0, y: 0.0 });
        self.nodes.len() as u32 - 1
    }

    fn add_links(&mut self, kinds: [NodeKind; 2], pairs: &[Pair]) {
        let mut found: HashMap<[u32; 2], usize> = HashMap::new();
        for Pair { values: [one, other], count, worst } in pairs {
            let place = |kind: NodeKind, name: &str| {
                let place = self.places.get(&(kind, name.to_owned())).or_else(|| self.others_places.get(&kind));
                place.filter(|_| !name.is_empty()).copied()
            };
            let (Some(from), Some(to)) = (place(kinds[0], one), place(kinds[1], other)) else { continue };
            let link = *found.entry([from, to]).or_insert_with(|| {
                self.links.push(Link { from, to, events: 0, worst: None });
                self.links.len() - 1
            });
            self.links[link].events += count;
            self.links[link].worst = self.links[link].worst.max(*worst);
        }
    }

    fn laid_out(mut self) -> Self {
        let links: Vec<[u32; 2]> = self.links.iter().map(|link| [link.from, link.to]).collect();
        let places = layout::places(self.nodes.len(), &links);
        for (node, [x, y]) in self.nodes.iter_mut().zip(places) {
            (node.x, node.y) = (x, y);
        }
        self
    }
}

#[cfg(test)]
mod tests;
