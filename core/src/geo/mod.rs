//! Floor 3: area tree, gazetteer, address resolution, adjacency.
