use leptos::prelude::*;
use radar_types::explore::{EventDetail, EventPage, Facet, Picture};
use serde::{Deserialize, Serialize};

use super::{rows::FIRST_PART, state::Explore};
use crate::api::{ApiError, get_event, get_events, get_facets, get_picture};

type Told<T> = Option<Result<T, ApiError>>;

/// What the server puts into the page it renders. A browser that comes from another page begins with nothing, and each panel
/// shows that it waits.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Opening {
    pub(super) picture: Told<Picture>,
    pub(super) facets: Told<Vec<Facet>>,
    pub(super) page: Told<EventPage>,
    pub(super) detail: Told<EventDetail>,
}

impl Opening {
    pub(super) async fn load(explore: Explore) -> Self {
        if !cfg!(feature = "ssr") {
            return Self::default();
        }
        let (asked, event) = untrack(|| (explore.asked(), explore.event.get()));
        let mut opening = Self::default();
        if let Some(asked) = asked {
            opening.picture = Some(get_picture(asked.question.clone(), asked.span).await);
            opening.facets = Some(get_facets(asked.question.clone(), asked.span).await);
            opening.page = Some(get_events(asked.question, asked.span, asked.order, None, FIRST_PART).await);
        }
        if let Some(seq) = event {
            opening.detail = Some(get_event(seq).await);
        }
        opening
    }
}
