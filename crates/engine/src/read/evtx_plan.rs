//! How the values of a record become fields, worked out once for all records of a template.
//!
//! The plan leads to what one gets from the JSON that the `evtx` crate makes of such a record, flattened
//! by [`super::json_flat`]: the same names, in the same order, with nothing for what would be null. For a
//! template of which that is not plain there is no plan, and its records are read from that JSON.

use std::borrow::Cow;
use std::collections::HashMap;

use super::assemble::{FIELDS_MAX, NAME_BYTES_MAX};
use super::evtx_template::{Content, Element, Node, read};
use super::windows_event::{self, is_data};

/// The JSON of a chunk's records is bounded by the crate, so a plan must not lead to records where it fails.
const WORDS_BYTES_MAX: usize = 8 << 10;
/// Around each word in JSON.
const MARKS_BYTES: usize = 6;

/// The names of fields and what templates say themselves, one after the other, each once.
#[derive(Debug, Default)]
pub(super) struct Words {
    text: String,
    places: Vec<(u32, u32)>,
    known: HashMap<String, u32>,
}

impl Words {
    pub(super) fn get(&self, word: u32) -> &str {
        let (start, end) = self.places.get(word as usize).copied().unwrap_or_default();
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.places.iter().map(|(start, end)| self.text.get(*start as usize..*end as usize).unwrap_or_default())
    }

    fn add(&mut self, word: &str) -> u32 {
        if let Some(known) = self.known.get(word) {
            return *known;
        }
        let start = self.text.len() as u32;
        self.text.push_str(word);
        let index = self.places.len() as u32;
        self.places.push((start, self.text.len() as u32));
        self.known.insert(word.to_owned(), index);
        index
    }
}

#[derive(Debug)]
pub(super) struct Plan {
    pub(super) parts: Vec<Part>,
    /// Of the element that all of it is in.
    pub(super) root: u32,
    /// Whether some of the fields are what the event's provider wrote.
    pub(super) has_data: bool,
}

/// Names and texts are words.
#[derive(Debug)]
pub(super) enum Part {
    Text {
        name: u32,
        text: u32,
    },
    Value {
        name: u32,
        hole: u16,
        /// Whether there is a field without a value.
        is_kept_empty: bool,
        may_be_list: bool,
    },
    /// Several values in one field.
    List {
        name: u32,
        holes: Box<[u16]>,
    },
    /// The fields of a template inside this one, in an element, whose root must have none of the names.
    Child {
        hole: u16,
        parent: u32,
        siblings: Box<[u32]>,
    },
    /// The next parts, as many as it says, are left out where the value is null.
    Guard {
        hole: u16,
        parts: usize,
    },
    DataStart,
    DataEnd,
}

/// `parent` is of a template that stands in a hole of another one.
pub(super) fn plan(chunk: &[u8], place: u32, parent: Option<u32>, words: &mut Words) -> Option<Plan> {
    let root = read(chunk, place)?;
    let parent = parent.map(|parent| words.get(parent).to_owned());
    let mut planner = Planner {
        words,
        parts: Vec::new(),
        bytes: 0,
        has_data: false,
        is_in_data: parent.as_ref().is_some_and(|parent| parent != EVENT),
        is_inner: parent.is_some(),
    };
    if let Some(parent) = parent {
        if root.name == DATUM {
            return None;
        }
        planner.named(&root, &root.name, &parent)?;
    } else {
        // What begins with something else may be no event, or an empty one.
        let begins_with_system =
            matches!(root.children.first(), Some(Node::Element(first)) if first.name == "System" && first.dependency.is_none());
        if root.name != EVENT || !begins_with_system {
            return None;
        }
        planner.value(&root, EVENT)?;
    }
    let Planner { parts, has_data, .. } = planner;
    let mut holes: Vec<u16> = parts.iter().flat_map(Part::holes).copied().collect();
    holes.sort_unstable();
    let has_each_once = holes.is_sorted_by(|one, next| one < next);
    has_each_once.then(|| Plan { parts, root: words.add(&root.name), has_data })
}

const EVENT: &str = "Event";
const DATUM: &str = "Data";

impl Part {
    fn holes(&self) -> &[u16] {
        match self {
            Self::Value { hole, .. } | Self::Child { hole, .. } => std::slice::from_ref(hole),
            Self::List { holes, .. } => holes,
            Self::Text { .. } | Self::Guard { .. } | Self::DataStart | Self::DataEnd => &[],
        }
    }
}

struct Planner<'a> {
    words: &'a mut Words,
    parts: Vec<Part>,
    bytes: usize,
    has_data: bool,
    /// What an element there is called says nothing more.
    is_in_data: bool,
    is_inner: bool,
}

impl Planner<'_> {
    /// An element below another one, where it goes by this name.
    fn named(&mut self, element: &Element, element_name: &str, parent: &str) -> Option<()> {
        let path = name(parent, element_name);
        if element_name == "xmlns" {
            return None;
        }
        if self.is_in_data || !is_data(element_name) {
            return self.value(element, &path);
        }
        if std::mem::replace(&mut self.has_data, true) {
            return None;
        }
        self.is_in_data = true;
        self.parts.push(Part::DataStart);
        self.value(element, &path)?;
        self.parts.push(Part::DataEnd);
        self.is_in_data = false;
        Some(())
    }

    /// What is in an element.
    fn value(&mut self, element: &Element, path: &str) -> Option<()> {
        self.count(&element.name)?;
        for (attribute, content) in &element.attributes {
            match content {
                Content::Text(_) if attribute == "xmlns" => {}
                _ if attribute == "xmlns" || (!self.is_in_data && is_data(attribute)) => return None,
                Content::Text(text) if text.is_empty() => {}
                content => self.field(&name(path, attribute), content, false, false)?,
            }
        }
        match element.children.as_slice() {
            [] => Some(()),
            [Node::Content(Content::Text(text))] if text.is_empty() => Some(()),
            [Node::Content(Content::Hole(hole))] if is_container(&element.name) => self.child(*hole, path, Vec::new()),
            [Node::Content(content)] => self.field(path, content, false, false),
            _ => self.members(element, path),
        }
    }

    fn members(&mut self, element: &Element, path: &str) -> Option<()> {
        let is_container = is_container(&element.name);
        let is_datum = |child: &&Element| is_container && child.name == DATUM;
        let mut siblings = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        let elements = || element.children.iter().filter_map(Node::element);
        let has_names = elements().filter(is_datum).any(|child| child.name_of_datum().is_some_and(|name| !name.is_empty()));
        for (index, child) in element.children.iter().enumerate() {
            let child = match child {
                Node::Element(child) => child,
                Node::Content(Content::Text(text)) if text.is_empty() => continue,
                Node::Content(Content::Hole(hole)) if !self.is_in_data && path == EVENT && index + 1 == element.children.len() => {
                    if elements().any(|child| child.dependency.is_some()) {
                        return None;
                    }
                    self.child(*hole, path, std::mem::take(&mut siblings))?;
                    continue;
                }
                Node::Content(_) => return None,
            };
            if is_datum(&child) && has_names {
                self.named_datum(child, path, &mut names)?;
                continue;
            }
            let others = element.children[..index].iter().filter_map(Node::element).filter(|other| other.name == child.name);
            let count = others.clone().count();
            if count > 0 && is_datum(&child) {
                continue;
            }
            // Which number an element gets must not depend on what is left out.
            if count > 0 && others.chain([child]).any(|other| other.dependency.is_some()) {
                return None;
            }
            siblings.push(self.words.add(&child.name));
            let start = self.parts.len();
            if is_datum(&child) {
                self.data(&elements().filter(is_datum).collect::<Vec<_>>(), path)?;
            } else if count > 0 {
                self.named(child, &format!("{}_{count}", child.name), path)?;
            } else {
                self.named(child, &child.name, path)?;
            }
            if let Some(hole) = child.dependency {
                let parts = self.parts.len() - start;
                self.parts.insert(start, Part::Guard { hole, parts });
            }
        }
        Some(())
    }

    fn child(&mut self, hole: u16, path: &str, siblings: Vec<u32>) -> Option<()> {
        // One template in another is all there ever is.
        if self.is_inner {
            return None;
        }
        let parent = self.word(path)?;
        self.push(Part::Child { hole, parent, siblings: siblings.into() })
    }

    /// `<Data Name="Who">`, which is a field `Who`.
    fn named_datum<'e>(&mut self, datum: &'e Element, path: &str, names: &mut Vec<&'e str>) -> Option<()> {
        if datum.attributes.iter().any(|(name, content)| name == "Name" && matches!(content, Content::Hole(_))) {
            return None;
        }
        let Some(datum_name) = datum.name_of_datum().filter(|name| !name.is_empty()) else { return Some(()) };
        if datum.dependency.is_some() || names.contains(&datum_name) || datum_name == "xmlns" {
            return None;
        }
        names.push(datum_name);
        self.datum(datum, &name(path, datum_name), false)
    }

    /// `<Data>` without names, which all are one field.
    fn data(&mut self, data: &[&Element], path: &str) -> Option<()> {
        let has_name = |datum: &Element| datum.attributes.iter().any(|(name, _)| name == "Name");
        if data.iter().any(|datum| has_name(datum)) {
            return None;
        }
        let name = name(path, DATUM);
        if let [datum] = data {
            return self.datum(datum, &name, true);
        }
        let hole = |datum: &&Element| match datum.children.as_slice() {
            [Node::Content(Content::Hole(hole))] if datum.dependency.is_none() => Some(*hole),
            _ => None,
        };
        let holes = data.iter().map(hole).collect::<Option<_>>()?;
        let name = self.word(&name)?;
        self.push(Part::List { name, holes })
    }

    fn datum(&mut self, datum: &Element, name: &str, may_be_list: bool) -> Option<()> {
        match datum.children.as_slice() {
            [] if datum.attributes.iter().any(|(_, content)| matches!(content, Content::Hole(_))) => None,
            [] => self.field(name, &Content::Text(String::new()), true, false),
            [Node::Content(content)] => self.field(name, content, true, may_be_list),
            _ => None,
        }
    }

    fn field(&mut self, name: &str, content: &Content, is_kept_empty: bool, may_be_list: bool) -> Option<()> {
        let name = self.word(name)?;
        let part = match content {
            Content::Text(text) => Part::Text { name, text: self.word(text)? },
            Content::Hole(hole) => Part::Value { name, hole: *hole, is_kept_empty, may_be_list },
        };
        self.push(part)
    }

    fn push(&mut self, part: Part) -> Option<()> {
        self.parts.push(part);
        (self.parts.len() <= FIELDS_MAX / 2).then_some(())
    }

    fn word(&mut self, word: &str) -> Option<u32> {
        self.count(word)?;
        Some(self.words.add(word))
    }

    fn count(&mut self, word: &str) -> Option<()> {
        self.bytes += word.len() + MARKS_BYTES;
        (self.bytes <= WORDS_BYTES_MAX && word.len() <= NAME_BYTES_MAX).then_some(())
    }
}

impl Node {
    fn element(&self) -> Option<&Element> {
        match self {
            Self::Element(element) => Some(element),
            Self::Content(_) => None,
        }
    }
}

impl Element {
    fn name_of_datum(&self) -> Option<&str> {
        self.attributes.iter().find(|(name, _)| name == "Name").and_then(|(_, content)| match content {
            Content::Text(text) => Some(text.as_str()),
            Content::Hole(_) => None,
        })
    }
}

fn name<'e>(parent: &'e str, name: &'e str) -> Cow<'e, str> {
    windows_event::name(&Cow::Borrowed(parent), Cow::Borrowed(name))
}

/// Where `Data` elements are the event's fields.
fn is_container(name: &str) -> bool {
    matches!(name, "EventData" | "UserData")
}
