//! Where a page ends: at its limit, or with what brings its texts to [`PAGE_BYTES_MAX`].

use radar_types::Scored;

use crate::{PAGE_BYTES_MAX, PAGE_EVENTS_MAX, Record, Stored};

/// How many events or values a limit means.
pub(crate) fn limit(asked: u32) -> usize {
    asked.min(PAGE_EVENTS_MAX) as usize
}

/// A page while it is being filled.
#[derive(Debug)]
pub(crate) struct Filling<T> {
    taken: Vec<T>,
    bytes: usize,
    limit: usize,
}

impl<T: Bulky> Filling<T> {
    pub(crate) fn new(asked: u32) -> Self {
        Self { taken: Vec::new(), bytes: 0, limit: limit(asked) }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.taken.len() >= self.limit || self.bytes >= PAGE_BYTES_MAX
    }

    /// Takes what fits, and says whether more would.
    pub(crate) fn take(&mut self, one: T) -> bool {
        if !self.is_full() {
            self.bytes += one.text_bytes();
            self.taken.push(one);
        }
        !self.is_full()
    }

    pub(crate) fn into_taken(self) -> Vec<T> {
        self.taken
    }
}

/// What pages are made of.
pub(crate) trait Bulky {
    fn text_bytes(&self) -> usize;
}

impl Bulky for Stored {
    fn text_bytes(&self) -> usize {
        self.scored.text_bytes()
    }
}

impl Bulky for Scored {
    fn text_bytes(&self) -> usize {
        let event = &self.event;
        let columns = [&event.hostname, &event.source, &event.os_type, &event.level, &event.message, &event.collector];
        let optional = [&event.record_id, &event.channel, &event.user, &event.address];
        let columns = columns.into_iter().chain(optional.into_iter().flatten()).map(String::len);
        let fields = event.fields.iter().map(|(name, value)| name.len() + value.len());
        let reasons = self.reasons.iter().map(|reason| reason.code.len() + reason.text.len());
        columns.chain(fields).chain(reasons).sum()
    }
}

impl Bulky for Record {
    fn text_bytes(&self) -> usize {
        self.key.len() + self.owner.len() + self.value.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(bytes: usize) -> Record {
        Record { value: vec![0; bytes], ..Record::default() }
    }

    #[test]
    fn a_page_ends_at_its_limit() {
        let mut filling = Filling::new(2);
        assert!(filling.take(record(1)));
        assert!(!filling.take(record(1)));
        assert!(!filling.take(record(1)));
        assert_eq!(filling.into_taken().len(), 2);
        assert!(Filling::<Record>::new(0).is_full());
    }

    #[test]
    fn a_page_ends_with_what_brings_it_to_its_size() {
        let mut filling = Filling::new(u32::MAX);
        assert!(filling.take(record(PAGE_BYTES_MAX - 1)));
        assert!(!filling.take(record(PAGE_BYTES_MAX)));
        assert_eq!(filling.into_taken().len(), 2);
    }
}
