use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use radar_types::CollectionId;

/// One of each collection, for as long as somebody holds it. Cheap to clone.
pub(crate) struct Shared<T>(Arc<Mutex<HashMap<CollectionId, Weak<T>>>>);

impl<T> Shared<T> {
    pub(crate) fn find(&self, collection: &CollectionId) -> Option<Arc<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(collection).and_then(Weak::upgrade)
    }

    /// The one that is there; where there is none, a new one.
    pub(crate) fn find_or(&self, collection: &CollectionId, new: impl FnOnce() -> T) -> Arc<T> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = all.get(collection).and_then(Weak::upgrade) {
            return found;
        }
        all.retain(|_, one| one.strong_count() > 0);
        let new = Arc::new(new());
        all.insert(collection.clone(), Arc::downgrade(&new));
        new
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_of_each_for_as_long_as_it_is_held() {
        let (shared, ann, bob) = (Shared::default(), CollectionId::new("ann").unwrap(), CollectionId::new("bob").unwrap());
        let one = shared.find_or(&ann, || 1);
        assert_eq!(*shared.find_or(&ann, || 2), 1);
        assert_eq!(*shared.find_or(&bob, || 3), 3);
        assert!(shared.find(&bob).is_none());
        drop(one);
        assert_eq!(*shared.find_or(&ann, || 2), 2);
        assert!(shared.0.lock().unwrap().len() <= 2);
    }
}
