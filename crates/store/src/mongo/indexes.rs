//! The indexes, and what each is for.

use mongodb::IndexModel;
use mongodb::bson::{Document, doc};
use mongodb::options::IndexOptions;
use radar_types::CollectionId;

use super::base::{Base, RECORDS, USERS};
use crate::{Result, Table};

/// Of a collection of events, by name. All but those for places and hosts leave out documents that are not ours.
pub(super) fn of_events() -> Vec<(&'static str, IndexModel)> {
    let sparse = || IndexOptions::builder().sparse(true);
    vec![
        // An event is there once.
        model("radar_id", doc! { "radar.id": 1 }, sparse().unique(true).build()),
        // The order of arrival. Documents that nobody has read yet stand in it with no place, and so are found.
        model("radar_seq", doc! { "radar.seq": 1 }, IndexOptions::default()),
        // Newest, oldest, periods, retention.
        model("radar_time", doc! { "radar.time": 1, "radar.seq": 1 }, sparse().build()),
        // Highest scores.
        model("radar_rank", doc! { "radar.rank": 1, "radar.time": -1, "radar.seq": -1 }, sparse().build()),
        // Words, with the newest of each.
        model("radar_words", doc! { "radar.words": 1, "radar.time": 1, "radar.seq": 1 }, sparse().build()),
        // One host, with its newest.
        model("radar_host", doc! { "hostname": 1, "radar.time": 1, "radar.seq": 1 }, IndexOptions::default()),
        // One kind of message.
        model("radar_template", doc! { "radar.template": 1, "radar.time": 1, "radar.seq": 1 }, sparse().build()),
        // Whether there are lists of words that are not whole.
        model("radar_cut", doc! { "radar.cut": 1 }, sparse().build()),
    ]
}

/// How many of them have to be there before anything is added: that of ids and that of places.
const FIRST: usize = 2;

/// Makes those without which nothing may be added, and says which are left to be made.
pub(super) async fn first(base: &Base, id: &CollectionId) -> Result<Vec<IndexModel>> {
    let events = base.events(id)?;
    let mut all: Vec<IndexModel> = of_events().into_iter().map(|(_, model)| model).collect();
    // In an empty collection they cost nothing.
    let is_empty = events.find_one(Document::new()).projection(doc! { "_id": 1 }).await?.is_none();
    let rest = if is_empty { Vec::new() } else { all.split_off(FIRST) };
    events.create_indexes(all).await?;
    Ok(rest)
}

pub(super) async fn of_records(base: &Base) -> Result<()> {
    let key = |options| model("radar_key", doc! { "table": 1, "key": 1 }, options).1;
    let models = vec![
        key(IndexOptions::builder().unique(true).build()),
        model("radar_owner", doc! { "table": 1, "owner": 1, "key": 1 }, IndexOptions::default()).1,
        model("radar_expires", doc! { "table": 1, "expires": 1 }, IndexOptions::default()).1,
    ];
    base.own(RECORDS).create_indexes(models).await?;
    // Documents of other programs have no such key, and are many.
    let ours = doc! { "table": Table::Users.name() };
    let users = key(IndexOptions::builder().unique(true).partial_filter_expression(ours).build());
    base.own(USERS).create_indexes(vec![users]).await?;
    Ok(())
}

fn model(name: &'static str, keys: Document, options: IndexOptions) -> (&'static str, IndexModel) {
    let mut options = options;
    options.name = Some(name.into());
    (name, IndexModel::builder().keys(keys).options(options).build())
}
