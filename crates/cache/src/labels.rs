//! Which objects have a label?

use std::collections::HashMap;
use std::sync::Arc;

/// The keys of labeled objects, by label and number of the object.
#[derive(Default)]
pub(crate) struct Labels {
    by_label: HashMap<Box<str>, HashMap<u64, Arc<[u8]>>>,
}

impl Labels {
    pub(crate) fn add(&mut self, labels: &[Box<str>], number: u64, key: &Arc<[u8]>) {
        for label in labels {
            match self.by_label.get_mut(&**label) {
                Some(objects) => drop(objects.insert(number, key.clone())),
                None => drop(self.by_label.insert(label.clone(), HashMap::from([(number, key.clone())]))),
            }
        }
    }

    pub(crate) fn remove(&mut self, labels: &[Box<str>], number: u64) {
        for label in labels {
            let Some(objects) = self.by_label.get_mut(&**label) else { continue };
            objects.remove(&number);
            if objects.is_empty() {
                self.by_label.remove(&**label);
            }
        }
    }

    /// The keys of the objects with that label.
    pub(crate) fn of(&self, label: &str) -> impl Iterator<Item = &Arc<[u8]>> {
        self.by_label.get(label).into_iter().flat_map(HashMap::values)
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.by_label.len()
    }
}
