//! What travels in another shape than a type of ours has: events as they are sent, and those of a stream.

use radar_types::wire::{IngestAnswer, Problem};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, Type};

/// An event as it is sent. Whatever else it carries is kept as text, under the names that lead to it, joined with dots.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is only described: the engine reads events from the bytes themselves")]
pub(in crate::http) struct SentEvent {
    /// RFC 3339, or seconds or milliseconds since 1970.
    #[schema(schema_with = time)]
    timestamp: Value,
    #[schema(max_length = 1024)]
    hostname: String,
    #[schema(max_length = 1024)]
    source: String,
    #[schema(max_length = 1024)]
    os_type: String,
    /// As it was written: INFO, Warning, crit, and what else is usual.
    #[schema(max_length = 1024)]
    level: String,
    #[schema(max_length = 1_048_576)]
    message: String,
    #[schema(max_length = 1024)]
    collector: String,
    /// The record's number in its origin, where it has one. An event with the same one is the same event.
    #[schema(schema_with = text_or_number, required = false)]
    record_id: Value,
    #[schema(schema_with = text_or_number, required = false)]
    channel: Value,
    #[schema(schema_with = text_or_number, required = false)]
    user: Value,
    #[schema(schema_with = text_or_number, required = false)]
    address: Value,
}

/// Up to 100,000 events of up to a mebibyte each, in up to 16 mebibytes.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is only described")]
pub(in crate::http) enum SentEvents {
    Many(Vec<SentEvent>),
    One(Box<SentEvent>),
}

/// The same, one a line.
#[derive(ToSchema)]
#[schema(min_items = 1)]
#[expect(dead_code, reason = "it is only described")]
pub(in crate::http) struct SentLines(Vec<SentEvent>);

/// The counts where some records were not understood, or a problem where nothing was.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is only described")]
pub(in crate::http) enum NotAllTaken {
    Counted(IngestAnswer),
    Nothing(Problem),
}

/// One of the server-sent events of the live feed.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is only described")]
pub(in crate::http) struct LiveEvent {
    event: LiveEventName,
    /// Of an `update`, a `LiveUpdate` in JSON; of `server`, the version of the page.
    data: String,
    /// The place of the last event that an `update` covers. A client sends it back as `Last-Event-ID`.
    #[schema(required = false, pattern = "^[0-9]{1,19}$")]
    id: String,
    /// After how many milliseconds to connect again.
    #[schema(required = false)]
    retry: u32,
}

#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "it is only described")]
enum LiveEventName {
    Server,
    Update,
}

/// What is below 1e11 is seconds; both ends are those of the years that can be written.
fn time() -> Schema {
    let text = ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
    let number = ObjectBuilder::new().schema_type(Type::Number);
    let number = number.minimum(Some(-62_167_219_200_i64)).maximum(Some(253_402_300_799_999_i64));
    OneOfBuilder::new().item(text).item(number).into()
}

fn text_or_number() -> Schema {
    let text = ObjectBuilder::new().schema_type(Type::String).max_length(Some(1024));
    let number = ObjectBuilder::new().schema_type(Type::Number);
    let nothing = ObjectBuilder::new().schema_type(Type::Null);
    OneOfBuilder::new().item(text).item(number).item(nothing).into()
}
