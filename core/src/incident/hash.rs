//! Hashes of features. The model and the index keep these, never strings.

/// Scrambles 64 bits (the finaliser of SplitMix64).
pub(crate) const fn mix(mut h: u64) -> u64 {
    h = h.wrapping_add(0x9e37_79b9_7f4a_7c15);
    h = (h ^ (h >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    h = (h ^ (h >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    h ^ (h >> 31)
}

/// Hash of bytes, the same on every platform.
pub(crate) fn of_bytes(bytes: &[u8]) -> u64 {
    mix(bytes.iter().fold(0xcbf2_9ce4_8422_2325u64, |h, &b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3)))
}

/// Families of features: the same value in another family is another feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Family {
    Bigram = 1,
    Trigram = 2,
    Word = 3,
    Sound = 4,
    Name = 5,
    Unit = 6,
}

/// 25 bits of a feature's hash.
pub(crate) fn feature(family: Family, value: u64) -> u32 {
    (mix(value ^ (family as u64) << 57) >> 39) as u32
}
