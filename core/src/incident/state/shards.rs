//! Hash tables in parts, so that none of them takes long to grow.

use super::{Incident, Record, hash_of};
use crate::incident::IncidentId;
use crate::incident::state::records::Records;
use hashbrown::HashTable;
use rustc_hash::FxHashMap;

/// Parts of a table. One of a million records holds 16,000 of them and grows in a millisecond.
const SHARDS: usize = 64;

/// Numbers of the live records, to be found by their ids.
#[derive(Debug, Clone)]
pub(super) struct Ids {
    shards: Vec<HashTable<u32>>,
    length: usize,
}

impl Default for Ids {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

/// Within a part the table itself takes the lowest and the highest bits.
fn shard_of(hash: u64) -> usize {
    (hash >> 40) as usize % SHARDS
}

impl Ids {
    pub(super) fn with_capacity(records: usize) -> Self {
        Ids { shards: vec![HashTable::with_capacity(records.div_ceil(SHARDS)); SHARDS], length: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// The number of a live record; `oldest` is the number of the first of `records`.
    pub(super) fn find(&self, id: &str, records: &Records, oldest: u32) -> Option<u32> {
        let hash = hash_of(id);
        let is = |&n: &u32| records.get((n - oldest) as usize).is_some_and(|r: &Record| &*r.id == id);
        self.shards[shard_of(hash)].find(hash, is).copied()
    }

    /// Adds the number of a record that is among `records` already.
    pub(super) fn insert(&mut self, number: u32, id_hash: u64, records: &Records, oldest: u32) {
        let rehash = |&n: &u32| records.get((n - oldest) as usize).map_or(0, |r| hash_of(&r.id));
        self.shards[shard_of(id_hash)].insert_unique(id_hash, number, rehash);
        self.length += 1;
    }

    pub(super) fn remove(&mut self, number: u32, id: &str) {
        let hash = hash_of(id);
        if let Ok(entry) = self.shards[shard_of(hash)].find_entry(hash, |&n| n == number) {
            entry.remove();
            self.length -= 1;
        }
    }
}

/// Incidents by their ids.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Incidents {
    shards: Vec<FxHashMap<IncidentId, Incident>>,
}

impl Default for Incidents {
    fn default() -> Self {
        Incidents { shards: vec![FxHashMap::default(); SHARDS] }
    }
}

impl Incidents {
    fn shard(&mut self, id: IncidentId) -> &mut FxHashMap<IncidentId, Incident> {
        &mut self.shards[id.0 as usize % SHARDS]
    }

    pub(super) fn get(&self, id: IncidentId) -> Option<&Incident> {
        self.shards[id.0 as usize % SHARDS].get(&id)
    }

    pub(super) fn get_mut(&mut self, id: IncidentId) -> Option<&mut Incident> {
        self.shard(id).get_mut(&id)
    }

    /// The incident of this id, made when it is not there.
    pub(super) fn get_or_make(&mut self, id: IncidentId) -> &mut Incident {
        self.shard(id).entry(id).or_default()
    }

    pub(super) fn remove(&mut self, id: IncidentId) {
        self.shard(id).remove(&id);
    }

    /// All of them, in no particular order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (IncidentId, &Incident)> {
        self.shards.iter().flatten().map(|(&id, i)| (id, i))
    }
}
