//! Failures as JavaScript errors.

use wasm_bindgen::JsValue;

/// What went wrong, on its way to JavaScript.
pub(crate) struct Failure {
    code: &'static str,
    message: String,
}

impl Failure {
    /// A failure of this face itself.
    pub(crate) fn new(code: &'static str, message: impl std::fmt::Display) -> Self {
        Failure { code, message: message.to_string() }
    }
}

impl<E: Into<jiesu::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        Failure::new(error.code(), &error)
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        let error = js_sys::Error::new(&failure.message);
        error.set_name("JiesuError");
        // Setting a property of an error made a line above cannot fail.
        let _ = js_sys::Reflect::set(&error, &"code".into(), &failure.code.into());
        error.into()
    }
}
