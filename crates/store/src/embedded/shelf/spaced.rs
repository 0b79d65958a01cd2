//! The tokenizer of the index. What a word is was decided before; here they are only taken apart again.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// Takes words with a space after each, as no word has one. Where there is no word before a space, a text of the event ends:
/// no phrase goes on from one text into the next.
#[derive(Clone, Default)]
pub(super) struct Spaced {
    token: Token,
}

pub(super) struct SpacedWords<'a> {
    left: &'a str,
    token: &'a mut Token,
}

impl Tokenizer for Spaced {
    type TokenStream<'a> = SpacedWords<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> SpacedWords<'a> {
        self.token.reset();
        SpacedWords { left: text, token: &mut self.token }
    }
}

impl TokenStream for SpacedWords<'_> {
    fn advance(&mut self) -> bool {
        while let Some((word, left)) = self.left.split_once(' ') {
            self.left = left;
            self.token.position = self.token.position.wrapping_add(1);
            if !word.is_empty() {
                self.token.text.clear();
                self.token.text.push_str(word);
                return true;
            }
        }
        false
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}
