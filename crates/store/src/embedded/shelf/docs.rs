//! Sets of documents of one segment.

/// A set that is asked for single documents, or gone through in either direction.
#[derive(Clone, Debug)]
pub(in crate::embedded) enum Docs {
    /// From the first up to, but not including, the second.
    Range(u32, u32),
    /// Rising. For sets that are small in their segment.
    List(Vec<u32>),
    Bits(Bits),
}

impl Docs {
    pub(in crate::embedded) fn contains(&self, doc: u32) -> bool {
        match self {
            Self::Range(from, to) => (*from..*to).contains(&doc),
            Self::List(list) => list.binary_search(&doc).is_ok(),
            Self::Bits(bits) => bits.contains(doc),
        }
    }

    /// About how many; never less than there are.
    pub(in crate::embedded) fn count(&self) -> u32 {
        match self {
            Self::Range(from, to) => to.saturating_sub(*from),
            Self::List(list) => u32::try_from(list.len()).unwrap_or(u32::MAX),
            Self::Bits(bits) => bits.count(),
        }
    }
}

/// One bit for each document of a segment.
#[derive(Clone, Debug, Default)]
pub(in crate::embedded) struct Bits {
    blocks: Vec<u64>,
}

impl Bits {
    pub(in crate::embedded) fn none(documents: u32) -> Self {
        Self { blocks: vec![0; documents.div_ceil(64) as usize] }
    }

    pub(in crate::embedded) fn insert(&mut self, doc: u32) {
        if let Some(block) = self.blocks.get_mut((doc / 64) as usize) {
            *block |= 1 << (doc % 64);
        }
    }

    pub(in crate::embedded) fn contains(&self, doc: u32) -> bool {
        self.blocks.get((doc / 64) as usize).is_some_and(|block| block >> (doc % 64) & 1 == 1)
    }

    /// Adds those from the first up to, but not including, the second.
    fn extend(&self, from: u32, to: u32, found: &mut Vec<u32>) {
        for at in from / 64..to.div_ceil(64) {
            let mut left = self.blocks.get(at as usize).copied().unwrap_or_default();
            while left != 0 {
                let doc = at * 64 + left.trailing_zeros();
                left &= left - 1;
                if (from..to).contains(&doc) {
                    found.push(doc);
                }
            }
        }
    }

    pub(in crate::embedded) fn count(&self) -> u32 {
        self.blocks.iter().map(|block| block.count_ones()).sum()
    }
}

/// Goes through a set in blocks, from either end.
pub(in crate::embedded) struct Blocks<'a> {
    docs: &'a Docs,
    /// What is left of the segment.
    from: u32,
    to: u32,
    is_backward: bool,
}

impl<'a> Blocks<'a> {
    pub(in crate::embedded) const LENGTH: u32 = 1_024;

    pub(in crate::embedded) fn new(docs: &'a Docs, from: u32, to: u32, is_backward: bool) -> Self {
        let (from, to) = match docs {
            Docs::Range(first, end) => (from.max(*first), to.min(*end)),
            Docs::List(_) | Docs::Bits(_) => (from, to),
        };
        Self { docs, from, to, is_backward }
    }

    /// Fills the block with rising documents. Empty, it was the last.
    pub(in crate::embedded) fn next(&mut self, block: &mut Vec<u32>) {
        block.clear();
        while block.is_empty() && self.from < self.to {
            match self.docs {
                Docs::Range(..) => {
                    let (from, to) = self.window(Self::LENGTH);
                    block.extend(from..to);
                }
                Docs::List(list) => self.next_of_list(list, block),
                Docs::Bits(bits) => {
                    // Sparse sets take several windows to give one document.
                    let (from, to) = self.window(Self::LENGTH * 4);
                    bits.extend(from, to, block);
                }
            }
        }
    }

    fn window(&mut self, length: u32) -> (u32, u32) {
        if self.is_backward {
            let from = self.to.saturating_sub(length).max(self.from);
            let window = (from, self.to);
            self.to = from;
            window
        } else {
            let to = self.from.saturating_add(length).min(self.to);
            let window = (self.from, to);
            self.from = to;
            window
        }
    }

    fn next_of_list(&mut self, list: &[u32], block: &mut Vec<u32>) {
        let first = list.partition_point(|doc| *doc < self.from);
        let end = list.partition_point(|doc| *doc < self.to);
        let left = &list[first..end.max(first)];
        let length = left.len().min(Self::LENGTH as usize);
        if self.is_backward {
            block.extend(&left[left.len() - length..]);
            self.to = block.first().copied().unwrap_or(self.from);
        } else {
            block.extend(&left[..length]);
            self.from = block.last().map_or(self.to, |last| last + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(docs: &Docs, from: u32, to: u32, expected: &[u32]) {
        for is_backward in [false, true] {
            let mut blocks = Blocks::new(docs, from, to, is_backward);
            let mut found: Vec<u32> = vec![];
            let mut block = vec![];
            loop {
                blocks.next(&mut block);
                if block.is_empty() {
                    break;
                }
                assert!(block.is_sorted());
                if is_backward {
                    found.splice(0..0, block.iter().copied());
                } else {
                    found.extend(&block);
                }
            }
            assert_eq!(found, expected, "{from}..{to}, backward: {is_backward}");
        }
    }

    #[test]
    fn sets_of_every_kind_are_gone_through_from_both_ends() {
        let every_third: Vec<u32> = (0..10_000).filter(|doc| doc % 3 == 0).collect();
        let mut bits = Bits::none(10_000);
        every_third.iter().for_each(|doc| bits.insert(*doc));
        assert_eq!(bits.count() as usize, every_third.len());
        for (from, to) in [(0, 10_000), (5, 9_000), (1_023, 1_025), (7, 7), (9, 2), (0, 1)] {
            let expected: Vec<u32> = every_third.iter().copied().filter(|doc| (from..to).contains(doc)).collect();
            check(&Docs::List(every_third.clone()), from, to, &expected);
            check(&Docs::Bits(bits.clone()), from, to, &expected);
            check(&Docs::Range(0, 10_000), from, to, &(from..to).collect::<Vec<u32>>());
        }
        check(&Docs::Range(10, 20), 0, 15, &[10, 11, 12, 13, 14]);
    }

    #[test]
    fn sets_of_every_kind_know_what_is_in_them() {
        let mut bits = Bits::none(100);
        assert_eq!(bits.count(), 0);
        bits.insert(64);
        for docs in [Docs::Bits(bits), Docs::List(vec![64]), Docs::Range(64, 65)] {
            assert_eq!(docs.count(), 1);
            assert!(docs.contains(64) && !docs.contains(63) && !docs.contains(65) && !docs.contains(1_000));
        }
    }
}
