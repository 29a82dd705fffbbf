//! WGS-84 and GCJ-02, the datum of Chinese maps.
//!
//! The public approximation of the offset (as in eviltransform and coordtransform); within the region its inverse is exact to
//! about a centimetre after three fixed-point steps. Outside China both are the same.

use libm::{fabs, sin, sqrt};

const A: f64 = 6_378_245.0;
const EE: f64 = 0.006_693_421_622_965_943;
const PI: f64 = std::f64::consts::PI;

fn offset(lon: f64, lat: f64) -> (f64, f64) {
    if !(73.66..=135.05).contains(&lon) || !(3.86..=53.55).contains(&lat) {
        return (0.0, 0.0);
    }
    let (x, y) = (lon - 105.0, lat - 35.0);
    let wave = 20.0 * sin(6.0 * x * PI) + 20.0 * sin(2.0 * x * PI);
    let d_lat = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * sqrt(fabs(x))
        + (wave + 20.0 * sin(y * PI) + 40.0 * sin(y / 3.0 * PI) + 160.0 * sin(y / 12.0 * PI) + 320.0 * sin(y * PI / 30.0)) * 2.0 / 3.0;
    let d_lon = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * sqrt(fabs(x))
        + (wave + 20.0 * sin(x * PI) + 40.0 * sin(x / 3.0 * PI) + 150.0 * sin(x / 12.0 * PI) + 300.0 * sin(x / 30.0 * PI)) * 2.0 / 3.0;
    let rad = lat / 180.0 * PI;
    let magic = 1.0 - EE * sin(rad) * sin(rad);
    let root = sqrt(magic);
    (d_lon * 180.0 / (A / root * libm::cos(rad) * PI), d_lat * 180.0 / (A * (1.0 - EE) / (magic * root) * PI))
}

/// WGS-84 degrees to GCJ-02.
pub fn wgs84_to_gcj02(lon: f64, lat: f64) -> (f64, f64) {
    let (dx, dy) = offset(lon, lat);
    (lon + dx, lat + dy)
}

/// GCJ-02 degrees to WGS-84.
///
/// ```
/// # use jiesu::complaint::{gcj02_to_wgs84, wgs84_to_gcj02};
/// let (lon, lat) = gcj02_to_wgs84(116.403_9, 39.915_1);
/// let back = wgs84_to_gcj02(lon, lat);
/// assert!((back.0 - 116.403_9).abs() < 1e-7 && (back.1 - 39.915_1).abs() < 1e-7);
/// assert!((lon - 116.397_7).abs() < 1e-3, "the offset is some 500 m");
/// ```
pub fn gcj02_to_wgs84(lon: f64, lat: f64) -> (f64, f64) {
    let (mut x, mut y) = (lon, lat);
    for _ in 0..4 {
        let (dx, dy) = offset(x, y);
        (x, y) = (lon - dx, lat - dy);
    }
    (x, y)
}
