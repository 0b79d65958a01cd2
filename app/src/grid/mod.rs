//! A table of links that has one stop for the tabulator, and arrow keys for the rest.

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(not(feature = "hydrate"))]
mod stub;

#[cfg(feature = "hydrate")]
pub(crate) use browser::move_focus;
#[cfg(not(feature = "hydrate"))]
pub(crate) use stub::move_focus;

/// So many rows and columns a key goes.
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "keys are pressed in a browser"))]
fn step(key: &str) -> Option<(i32, i32)> {
    Some(match key {
        "ArrowUp" => (-1, 0),
        "ArrowDown" => (1, 0),
        "ArrowLeft" => (0, -1),
        "ArrowRight" => (0, 1),
        _ => return None,
    })
}
