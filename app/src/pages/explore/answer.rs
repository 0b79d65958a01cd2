//! An answer of the server that follows what is asked. A question in flight is given up for the next, so what is shown is
//! never the answer to another question.

use leptos::{prelude::*, reactive::spawn_local_scoped_with_cancellation};
use radar_types::wire::Problem;

use crate::api::ApiError;

/// Cheap to copy.
pub(super) struct Answer<T: Send + Sync + 'static> {
    value: RwSignal<Option<Result<T, ApiError>>>,
    is_loading: RwSignal<bool>,
    /// How often it was asked for again.
    again: RwSignal<u32>,
}

// Derived, these would ask for an answer that can be copied.
impl<T: Send + Sync + 'static> Clone for Answer<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Answer<T> {}

/// What there is to show.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stage {
    Waiting,
    Failed(Problem),
    There,
}

impl<T: Clone + Send + Sync + 'static> Answer<T> {
    pub(super) fn new(opening: Option<Result<T, ApiError>>) -> Self {
        Self { is_loading: RwSignal::new(opening.is_none()), value: RwSignal::new(opening), again: RwSignal::new(0) }
    }

    /// Asks whenever what is asked changes; for `None` nothing is asked, and nothing shown.
    pub(super) fn follow<K, F>(self, asked: impl Fn() -> Option<K> + 'static, load: impl Fn(K) -> F + 'static)
    where
        K: PartialEq + Clone + 'static,
        F: Future<Output = Result<T, ApiError>> + 'static,
    {
        Effect::new(move |before: Option<Option<K>>| {
            let asked = asked();
            self.again.get();
            let is_opening = before.is_none() && self.value.with_untracked(Option::is_some);
            match &asked {
                Some(key) if !is_opening => {
                    // The same again is not worth a sign that something goes on.
                    let is_other = before.flatten().as_ref() != Some(key) || !matches!(self.value.get_untracked(), Some(Ok(_)));
                    self.is_loading.set(is_other || self.is_loading.get_untracked());
                    let loading = load(key.clone());
                    spawn_local_scoped_with_cancellation(async move {
                        let value = loading.await;
                        let _ = self.is_loading.try_set(false);
                        let _ = self.value.try_set(Some(value));
                    });
                }
                Some(_) => {}
                None => {
                    self.is_loading.set(false);
                    self.value.set(None);
                }
            }
            asked
        });
    }

    /// And what is there counts as old until the answer comes.
    pub(super) fn ask_anew(self) {
        let _ = self.is_loading.try_set(true);
        self.ask_again();
    }

    pub(super) fn ask_again(self) {
        let _ = self.again.try_update(|again| *again += 1);
    }

    /// Whether what is shown is of the question before.
    pub(super) fn is_loading(self) -> bool {
        self.is_loading.get()
    }

    /// The answer, if there is one.
    pub(super) fn get(self) -> Option<T> {
        self.value.with(|value| Some(value.as_ref()?.as_ref().ok()?.clone()))
    }

    pub(super) fn with<R>(self, read: impl FnOnce(&T) -> R) -> Option<R> {
        self.value.with(|value| Some(read(value.as_ref()?.as_ref().ok()?)))
    }

    pub(super) fn update(self, change: impl FnOnce(&mut T)) {
        let _ = self.value.try_update(|value| {
            if let Some(Ok(value)) = value {
                change(value);
            }
        });
    }

    pub(super) fn stage(self) -> Memo<Stage> {
        Memo::new(move |_| {
            self.value.with(|value| match value {
                None => Stage::Waiting,
                Some(Ok(_)) => Stage::There,
                Some(Err(ApiError(problem))) => Stage::Failed(problem.clone()),
            })
        })
    }

    /// What is waited for, what went wrong, or what there is.
    pub(super) fn view(self, waiting: fn() -> AnyView, there: impl Fn() -> AnyView + Send + 'static) -> AnyView {
        let stage = self.stage();
        (move || match stage.get() {
            Stage::Waiting => waiting(),
            Stage::Failed(problem) => failure(problem, move || self.ask_again()),
            Stage::There => there(),
        })
        .into_any()
    }
}

/// What went wrong, and a way to try again.
pub(super) fn failure(problem: Problem, again: impl Fn() + 'static) -> AnyView {
    view! {
        <div class="panel-failure" role="alert">
            <p>{problem.message}</p>
            <button class="button is-small" type="button" data-testid="try-again" on:click=move |_| again()>"Try again"</button>
        </div>
    }
    .into_any()
}
