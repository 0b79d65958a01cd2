use std::collections::{BTreeMap, HashMap};

use radar_types::TemplateId;
use serde::{Deserialize, Serialize};

use super::token::{Hash, SLOT, constant, signature, tokens};
use super::{Masks, Token};

/// Learns the templates of messages, one after the other, and tells those of others.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Miner {
    masks: Masks,
    templates: Vec<Template>,
    /// Templates by length and beginning.
    leaves: HashMap<(usize, u64), Vec<u32>>,
    signatures: HashMap<u64, u32>,
}

pub(super) const TEMPLATES_MAX: usize = 10_000;
/// A new signature is compared with so many templates; in a full leaf it joins the nearest.
const LEAF_TEMPLATES_MAX: usize = 128;
/// What is beyond is found through the leaves, not through its hash.
const SIGNATURES_MAX: usize = 100_000;
/// So many different words in one place make it a slot.
const SLOT_WORDS_MIN: usize = 5;
/// Templates of which less is equal are not compared further.
const EQUAL_SHARE_MIN: f32 = 0.5;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Template {
    id: TemplateId,
    pieces: Vec<Piece>,
    count: u64,
    /// Which took this one in.
    merged_into: Option<u32>,
    /// The places that a reader wants told apart.
    pinned: u64,
    /// Length and beginning at first, whatever became of them.
    leaf: (usize, u64),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Piece {
    before: String,
    text: String,
}

/// The same in an order that does not depend on a hash map's.
#[derive(Serialize, Deserialize)]
struct Stored {
    masks: Masks,
    templates: Vec<Template>,
    signatures: Vec<(u64, u32)>,
}

impl Miner {
    pub fn new(masks: Masks) -> Self {
        Self { masks, ..Self::default() }
    }

    pub fn masks(&self) -> &Masks {
        &self.masks
    }

    pub fn learn(&mut self, message: &str) -> TemplateId {
        let signature = signature(message, &self.masks);
        self.absorb(signature, message, 1)
    }

    /// What `count` messages of one signature teach, of which `example` is the first.
    pub fn absorb(&mut self, signature: u64, example: &str, count: u64) -> TemplateId {
        let index = match self.signatures.get(&signature) {
            Some(index) => self.alive(*index),
            None => {
                let masks = std::mem::take(&mut self.masks);
                let pieces = pieces(example, &masks);
                self.masks = masks;
                let index = self.place(pieces);
                if self.signatures.len() < SIGNATURES_MAX {
                    self.signatures.insert(signature, index as u32);
                }
                index
            }
        };
        let template = &mut self.templates[index];
        template.count = template.count.saturating_add(count);
        template.id
    }

    pub fn find(&self, message: &str) -> Option<TemplateId> {
        self.find_signed(signature(message, &self.masks), message)
    }

    /// The same where the signature is known already.
    pub fn find_signed(&self, signature: u64, message: &str) -> Option<TemplateId> {
        if let Some(index) = self.signatures.get(&signature) {
            return Some(self.templates[self.alive(*index)].id);
        }
        let pieces = pieces(message, &self.masks);
        let matches = |index: &&u32| self.templates[**index as usize].differences(&pieces) == Some(0);
        let leaf = self.leaves.get(&leaf_key(&pieces))?;
        leaf.iter().find(matches).map(|index| self.templates[*index as usize].id)
    }

    pub fn text(&self, id: TemplateId) -> Option<String> {
        self.template(id).map(Template::text)
    }

    /// The text of the template with this key.
    pub(crate) fn text_of_key(&self, key: u64) -> Option<String> {
        self.text(TemplateId(key))
    }

    pub fn count(&self, id: TemplateId) -> u64 {
        self.template(id).map_or(0, |template| template.count)
    }

    /// Every template with its count, oldest first.
    pub fn templates(&self) -> impl Iterator<Item = (TemplateId, u64)> {
        self.templates.iter().filter(|template| template.merged_into.is_none()).map(|template| (template.id, template.count))
    }

    /// What stands in the slots of the message's template, in order.
    pub fn parameters<'a>(&self, message: &'a str) -> Vec<&'a str> {
        let Some(template) = self.find(message).and_then(|id| self.template(id)) else {
            return Vec::new();
        };
        let counting = tokens(message, &self.masks).filter(|token| !token.continues);
        let slots = counting.zip(&template.pieces).filter(|(_, piece)| piece.text.contains(SLOT));
        slots.map(|(token, _)| token.text).collect()
    }

    /// Whether a message of this signature was absorbed, as far as that is remembered.
    pub(crate) fn knows(&self, signature: u64) -> bool {
        self.signatures.contains_key(&signature)
    }

    /// How much it holds, templates that others took in included.
    pub(crate) fn size(&self) -> usize {
        self.templates.len()
    }

    pub(crate) fn is_crowded(&self, templates_max: usize) -> bool {
        self.templates.len() >= templates_max || self.signatures.len() >= SIGNATURES_MAX
    }

    /// Gives up all other templates. Signatures are found again through the leaves.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(TemplateId) -> bool) {
        let mut templates = std::mem::take(&mut self.templates);
        templates.retain(|template| template.merged_into.is_none() && is_kept(template.id));
        *self = Self::from(Stored { masks: std::mem::take(&mut self.masks), templates, signatures: Vec::new() });
    }

    /// Makes two templates one, the older. False where one of them is not known.
    pub fn merge(&mut self, a: TemplateId, b: TemplateId) -> bool {
        let (Some(a), Some(b)) = (self.index(a), self.index(b)) else {
            return false;
        };
        let (older, younger) = (a.min(b), a.max(b));
        if older != younger {
            if let Some(places) = self.templates[older].differences(&self.templates[younger].pieces) {
                self.templates[older].open(places);
            }
            self.take_in(older, younger);
        }
        true
    }

    /// Tells a template's messages apart by the word at place `at`, from now on. False where the
    /// place is not a slot that words made: numbers and the like are never told apart.
    pub fn split(&mut self, id: TemplateId, at: usize) -> bool {
        let Some(index) = self.index(id) else {
            return false;
        };
        let template = &mut self.templates[index];
        let is_slot = template.pieces.get(at).is_some_and(|piece| piece.text == SLOT);
        if !is_slot || at >= u64::BITS as usize {
            return false;
        }
        template.pinned |= 1 << at;
        // What was told by its hash is looked at again, and finds its place among the new ones.
        let alive: Vec<u64> = self.signatures.iter().filter(|(_, at)| self.alive(**at) == index).map(|(hash, _)| *hash).collect();
        for hash in alive {
            self.signatures.remove(&hash);
        }
        true
    }

    fn template(&self, id: TemplateId) -> Option<&Template> {
        self.index(id).map(|index| &self.templates[index])
    }

    fn index(&self, id: TemplateId) -> Option<usize> {
        let first = self.templates.iter().position(|template| template.id == id)?;
        Some(self.alive(first as u32))
    }

    /// The template that stands for this one now. Templates are taken in by older ones only, so this
    /// ends.
    fn alive(&self, index: u32) -> usize {
        let mut index = index as usize;
        while let Some(older) = self.templates[index].merged_into {
            index = older as usize;
        }
        index
    }

    /// The index of the template for these pieces, which may be a new one.
    fn place(&mut self, pieces: Vec<Piece>) -> usize {
        let key = leaf_key(&pieces);
        let leaf = self.leaves.entry(key).or_default().clone();
        let mut similar: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        let mut nearest: Option<(u32, u64, u32)> = None;
        let mut told_apart: Option<(Vec<Piece>, u64)> = None;
        for index in leaf.iter().copied() {
            let template = &self.templates[index as usize];
            let Some(places) = template.differences(&pieces) else {
                if told_apart.is_none() {
                    told_apart = template.told_apart(&pieces).map(|pieces| (pieces, template.pinned));
                }
                continue;
            };
            if places == 0 {
                return index as usize;
            }
            let apart = places.count_ones();
            if nearest.is_none_or(|(least, ..)| apart < least) {
                nearest = Some((apart, places, index));
            }
            let words = template.pieces.iter().filter(|piece| piece.text != SLOT).count() as u32;
            if words > 0 && (words.saturating_sub(apart)) as f32 >= EQUAL_SHARE_MIN * words as f32 {
                similar.entry(places).or_default().push(index);
            }
        }
        if let Some((pieces, pinned)) = told_apart {
            let index = self.add(key, pieces);
            self.templates[index].pinned = pinned;
            return index;
        }
        let is_full = leaf.len() >= LEAF_TEMPLATES_MAX || self.templates.len() >= TEMPLATES_MAX;
        let is_evident = |alike: &[u32], places: u64| {
            let is_numbered = |index: &u32| self.templates[*index as usize].differs_in_numbered_only(places, &pieces);
            alike.len() + 1 >= SLOT_WORDS_MIN || alike.iter().any(is_numbered)
        };
        let evident =
            similar.into_iter().filter(|(places, alike)| is_evident(alike, *places)).min_by_key(|(places, _)| places.count_ones());
        match (evident, nearest) {
            (Some((places, alike)), _) => {
                let oldest = alike[0] as usize;
                self.templates[oldest].open(places);
                for younger in &alike[1..] {
                    self.take_in(oldest, *younger as usize);
                }
                oldest
            }
            (None, Some((_, places, index))) if is_full => {
                self.templates[index as usize].open(places);
                index as usize
            }
            _ => self.add(key, pieces),
        }
    }

    fn add(&mut self, key: (usize, u64), pieces: Vec<Piece>) -> usize {
        if self.templates.len() >= TEMPLATES_MAX {
            return self.remainder();
        }
        let index = self.templates.len();
        let mut hash = Hash::default();
        for piece in &pieces {
            hash.write(piece.text.as_bytes());
        }
        let id = TemplateId(hash.finish());
        self.templates.push(Template { id, pieces, count: 0, merged_into: None, pinned: 0, leaf: key });
        self.leaves.entry(key).or_default().push(index as u32);
        index
    }

    /// The last template, which takes all for which there is no room.
    fn remainder(&mut self) -> usize {
        let last = self.templates.len() - 1;
        let template = &mut self.templates[last];
        template.pieces = vec![Piece { before: String::new(), text: SLOT.to_owned() }];
        self.alive(last as u32)
    }

    fn take_in(&mut self, older: usize, younger: usize) {
        let (count, key) = {
            let template = &mut self.templates[younger];
            template.merged_into = Some(older as u32);
            (std::mem::take(&mut template.count), template.leaf)
        };
        self.templates[older].count = self.templates[older].count.saturating_add(count);
        if let Some(leaf) = self.leaves.get_mut(&key) {
            leaf.retain(|index| *index as usize != younger);
        }
    }
}

impl Template {
    /// The places, as bits, where the pieces do not fit. `None` for another length or a pinned place.
    fn differences(&self, pieces: &[Piece]) -> Option<u64> {
        if self.pieces.len() != pieces.len() {
            return None;
        }
        let mut places = 0;
        for (place, (own, other)) in self.pieces.iter().zip(pieces).enumerate() {
            let is_pinned = self.pinned >> place & 1 == 1;
            let is_equal = own.text == other.text;
            if is_pinned && !is_equal {
                return None;
            }
            if own.text != SLOT && !is_equal {
                places |= 1 << place;
            }
        }
        Some(places)
    }

    /// Names with numbers in them, `rack-a7` and `rack-b2`, are parameters without further evidence.
    fn differs_in_numbered_only(&self, places: u64, pieces: &[Piece]) -> bool {
        let is_numbered = |piece: &Piece| piece.text.contains(SLOT);
        let mut both = self.pieces.iter().zip(pieces).enumerate();
        both.all(|(place, (own, other))| places >> place & 1 == 0 || (is_numbered(own) && is_numbered(other)))
    }

    /// The template for pieces that fit but for what the reader wants told apart.
    fn told_apart(&self, pieces: &[Piece]) -> Option<Vec<Piece>> {
        let is_pinned = |place: usize| self.pinned >> place & 1 == 1;
        let fits =
            |(place, (own, other)): (usize, (&Piece, &Piece))| is_pinned(place) || own.text == SLOT || own.text == other.text;
        let both = || self.pieces.iter().zip(pieces).enumerate();
        if self.pinned == 0 || self.pieces.len() != pieces.len() || !both().all(fits) {
            return None;
        }
        Some(both().map(|(place, (own, other))| if is_pinned(place) { other.clone() } else { own.clone() }).collect())
    }

    /// Makes these places slots.
    fn open(&mut self, places: u64) {
        for (place, piece) in self.pieces.iter_mut().enumerate() {
            if places >> place & 1 == 1 {
                SLOT.clone_into(&mut piece.text);
            }
        }
    }

    fn text(&self) -> String {
        self.pieces.iter().flat_map(|piece| [piece.before.as_str(), piece.text.as_str()]).collect()
    }
}

impl Piece {
    fn of(token: &Token<'_>) -> Self {
        Self { before: token.before.to_owned(), text: constant(token) }
    }
}

impl From<Miner> for Stored {
    fn from(miner: Miner) -> Self {
        let mut signatures: Vec<(u64, u32)> = miner.signatures.into_iter().collect();
        signatures.sort_unstable();
        Self { masks: miner.masks, templates: miner.templates, signatures }
    }
}

impl From<Stored> for Miner {
    fn from(stored: Stored) -> Self {
        let mut leaves: HashMap<(usize, u64), Vec<u32>> = HashMap::new();
        let mut templates = stored.templates;
        for (index, template) in templates.iter_mut().enumerate() {
            // Only older ones take in, whatever the file says.
            template.merged_into = template.merged_into.filter(|older| (*older as usize) < index);
            if template.merged_into.is_none() {
                leaves.entry(template.leaf).or_default().push(index as u32);
            }
        }
        let signatures = stored.signatures.into_iter().filter(|(_, index)| (*index as usize) < templates.len()).collect();
        Self { masks: stored.masks, templates, leaves, signatures }
    }
}

fn pieces(message: &str, masks: &Masks) -> Vec<Piece> {
    tokens(message, masks).filter(|token| !token.continues).map(|token| Piece::of(&token)).collect()
}

/// Length and first word: what a template's messages have in common even while slots are not known.
fn leaf_key(pieces: &[Piece]) -> (usize, u64) {
    let mut hash = Hash::default();
    let first = pieces.iter().find(|piece| !piece.text.contains(SLOT));
    // A short message is its first word; opening that place must not move the template.
    if pieces.len() > 1
        && let Some(first) = first
    {
        hash.write(first.text.as_bytes());
    }
    (pieces.len(), hash.finish())
}

#[cfg(test)]
#[path = "miner_tests.rs"]
mod tests;
