//! Random draws that depend only on a key, never on the platform or the order of calls: a counter hashed by SplitMix64.

use std::f64::consts::PI;

/// A stream of random numbers fixed by its key.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    state: u64,
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Stream {
    /// The stream of a key of three parts.
    pub(crate) fn new(a: u64, b: u64, c: u64) -> Self {
        let state = mix(mix(mix(a.wrapping_add(0x9E37_79B9_7F4A_7C15)).wrapping_add(b)).wrapping_add(c));
        Stream { state }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.state)
    }

    /// Uniform on (0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let r = libm::sqrt(-2.0 * libm::log(self.uniform()));
        r * libm::cos(2.0 * PI * self.uniform())
    }

    /// Gamma of shape `shape` and mean `shape` (Marsaglia and Tsang 2000).
    pub(crate) fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = libm::exp(libm::log(self.uniform()) / shape.max(1e-6));
            return self.gamma(shape + 1.0) * boost;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / libm::sqrt(9.0 * d);
        loop {
            let x = self.normal();
            let v = 1.0 + c * x;
            if v <= 0.0 {
                continue;
            }
            let v = v * v * v;
            if libm::log(self.uniform()) < 0.5 * x * x + d - d * v + d * libm::log(v) {
                return d * v;
            }
        }
    }

    /// Poisson of mean `mean`: inversion, by halves when large.
    pub(crate) fn poisson(&mut self, mean: f64) -> u32 {
        if mean > 40.0 {
            // A sum of two independent halves.
            return self.poisson(mean / 2.0).saturating_add(self.poisson(mean / 2.0));
        }
        let mut p = libm::exp(-mean.max(0.0));
        let (mut u, mut k) = (self.uniform(), 0u32);
        while u > p && k < 1000 {
            u -= p;
            k += 1;
            p *= mean / f64::from(k);
        }
        k
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        let mut s = Stream::new(1, 2, 3);
        let n = 20_000;
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
        let g: Vec<f64> = (0..n).map(|_| s.gamma(0.5)).collect();
        assert!((mean(&g) - 0.5).abs() < 0.02);
        let g: Vec<f64> = (0..n).map(|_| s.gamma(4.0)).collect();
        assert!((mean(&g) - 4.0).abs() < 0.06);
        let p: Vec<f64> = (0..n).map(|_| f64::from(s.poisson(60.0))).collect();
        let m = mean(&p);
        assert!((m - 60.0).abs() < 0.3);
        let v = p.iter().map(|x| (x - m) * (x - m)).sum::<f64>() / n as f64;
        assert!((v - 60.0).abs() < 3.0);
    }

    #[test]
    fn same_key_same_numbers() {
        assert_eq!(Stream::new(7, 8, 9).next(), Stream::new(7, 8, 9).next());
        assert_ne!(Stream::new(7, 8, 9).next(), Stream::new(7, 9, 8).next());
    }
}
