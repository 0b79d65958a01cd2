//! Requests to one shop whose forms are in Spanish, and what is wrong with some of them: attacks, but also
//! letters where numbers belong, pages that are not there, names that were tampered with, values without end.

use radar_engine::random::SplitMix64;

use super::attacks::{self, escape};

pub(crate) struct Requested {
    pub(crate) method: &'static str,
    pub(crate) uri: String,
    pub(crate) anomaly: Option<&'static str>,
}

#[derive(Clone, Copy)]
enum Field {
    Number(u64),
    Word,
    Login,
    Password,
    Name,
    Surnames,
    Email,
    Document,
    Address,
    Town,
    PostCode,
    Card,
    Choice(&'static [&'static str]),
    Text,
}

use Field::{Address, Card, Choice, Document, Email, Login, Name, Number, Password, PostCode, Surnames, Text, Town, Word};

struct Page {
    weight: u64,
    method: &'static str,
    path: &'static str,
    fields: &'static [(&'static str, Field)],
}

const fn page(weight: u64, method: &'static str, path: &'static str, fields: &'static [(&'static str, Field)]) -> Page {
    Page { weight, method, path, fields }
}

const REGISTRATION: &[(&str, Field)] = &[
    ("accion", Choice(&["alta"])),
    ("usuario", Login),
    ("clave", Password),
    ("nombre", Name),
    ("apellidos", Surnames),
    ("correo", Email),
    ("documento", Document),
    ("domicilio", Address),
    ("localidad", Town),
    ("codigo", PostCode),
    ("tarjeta", Card),
    ("enviar", Choice(&["Registrarse"])),
];

const PAGES: [Page; 14] = [
    page(12, "GET", "/almacen/inicio.jsp", &[]),
    page(8, "GET", "/almacen/publico/catalogo.jsp", &[]),
    page(9, "GET", "/almacen/publico/ficha.jsp", &[("ref", Number(60))]),
    page(
        10,
        "POST",
        "/almacen/publico/cesta.jsp",
        &[
            ("ref", Number(60)),
            ("articulo", Choice(&["Aceite de oliva", "Turrón de Jijona", "Chorizo de León", "Queso de cabra", "Vino tinto"])),
            ("importe", Number(200)),
            ("unidades", Number(99)),
            ("boton", Choice(&["Añadir a la cesta"])),
        ],
    ),
    page(
        6,
        "POST",
        "/almacen/publico/entrar.jsp",
        &[("usuario", Login), ("clave", Password), ("recordar", Choice(&["si", "no"])), ("boton", Choice(&["Entrar"]))],
    ),
    page(6, "POST", "/almacen/publico/alta.jsp", REGISTRATION),
    page(4, "GET", "/almacen/miembros/editar.jsp", REGISTRATION),
    page(
        4,
        "POST",
        "/almacen/publico/pagar.jsp",
        &[("accion", Choice(&["insertar"])), ("total", Number(3000)), ("boton", Choice(&["Pasar por caja", "Vaciar cesta"]))],
    ),
    page(3, "GET", "/almacen/publico/buscar.jsp", &[("q", Word), ("pagina", Number(9))]),
    page(2, "POST", "/almacen/publico/opinion.jsp", &[("ref", Number(60)), ("texto", Text), ("nota", Number(5))]),
    page(6, "GET", "/almacen/estilos/principal.css", &[]),
    page(9, "GET", "/almacen/imagenes/{n}.gif", &[]),
    page(4, "GET", "/almacen/global/menu.jsp", &[]),
    page(2, "GET", "/almacen/publico/entrar.jsp", &[("error", Choice(&["Credenciales incorrectas"]))]),
];

const SYLLABLES: [&str; 40] = [
    "ma", "ri", "o", "sa", "lu", "ció", "na", "vé", "ro", "ni", "ca", "pe", "dro", "gar", "cía", "mar", "tí", "nez", "al", "ba",
    "ro", "drí", "guez", "ñu", "ez", "san", "ta", "go", "mez", "que", "za", "tor", "re", "ji", "lla", "bur", "gos", "va", "len",
    "qui",
];

pub(crate) struct Shop {
    random: SplitMix64,
    anomaly_share: f32,
}

impl Shop {
    pub(crate) fn new(seed: u64, anomaly_share: f32) -> Self {
        Self { random: SplitMix64::new(seed), anomaly_share }
    }

    pub(crate) fn request(&mut self) -> Requested {
        let mut ticket = self.random.below(PAGES.iter().map(|page| page.weight).sum());
        let mut chosen = &PAGES[0];
        for page in &PAGES {
            chosen = page;
            match ticket.checked_sub(page.weight) {
                Some(left) => ticket = left,
                None => break,
            }
        }
        let mut path = chosen.path.replace("{n}", &(1 + self.random.below(40)).to_string());
        let mut fields: Vec<(String, String)> =
            chosen.fields.iter().map(|(name, field)| ((*name).into(), escape(&self.value(*field), true))).collect();
        let mut anomaly = None;
        if self.random.chance(self.anomaly_share) {
            anomaly = Some(self.spoil(&mut path, &mut fields, chosen.fields));
        }
        let query: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let uri = if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) };
        Requested { method: chosen.method, uri, anomaly }
    }

    fn spoil(&mut self, path: &mut String, fields: &mut [(String, String)], kinds: &[(&str, Field)]) -> &'static str {
        if fields.is_empty() || self.random.chance(0.15) {
            return self.spoil_path(path);
        }
        let at = self.random.below(fields.len() as u64) as usize;
        match self.random.below(10) {
            0..=5 => {
                let family = *self.random.pick(&attacks::FAMILIES);
                let payload = attacks::payload(&mut self.random, family);
                let payload = attacks::disguise(&mut self.random, &payload);
                let keeps_value = self.random.chance(0.4);
                let value = if keeps_value { std::mem::take(&mut fields[at].1) } else { String::new() };
                fields[at].1 = value + &payload;
                family
            }
            6 => {
                fields[at].0.push_str(self.random.pick::<&str>(&["A", "2", "x", "_id"]));
                "tampered_name"
            }
            7 => {
                let length = 120 + self.random.below(900) as usize;
                fields[at].1 = if self.random.chance(0.5) { "A".repeat(length) } else { self.word(4).repeat(length / 9) };
                "overlong"
            }
            _ => {
                let numbers: Vec<usize> =
                    (0..kinds.len()).filter(|at| matches!(kinds[*at].1, Number(_) | PostCode | Card | Document)).collect();
                let words: Vec<usize> = (0..kinds.len()).filter(|at| matches!(kinds[*at].1, Choice(_) | Name | Town)).collect();
                if !numbers.is_empty() && self.random.chance(0.6) {
                    let at = *self.random.pick(&numbers);
                    let letters = self.word(2);
                    fields[at].1 = if self.random.chance(0.5) {
                        escape(&letters, true)
                    } else {
                        format!("{}{}", fields[at].1, &escape(&letters, true))
                    };
                } else if !words.is_empty() {
                    let at = *self.random.pick(&words);
                    let odd = *self.random.pick(&["?", "%40", "%3F%3F", "%5B", "%2F%2F", "!%21", "%23", "%7E"]);
                    fields[at].1.push_str(odd);
                } else {
                    fields[at].1 = String::new();
                }
                "illegal_value"
            }
        }
    }

    fn spoil_path(&mut self, path: &mut String) -> &'static str {
        let word = self.word(3);
        match self.random.below(6) {
            0 => path.push_str(self.random.pick::<&str>(&[".bak", "~", ".old", ".inc", ".txt"])),
            1 => *path = format!("/almacen/{}.jsp", escape(&word, false)),
            2 => {
                *path = format!(
                    "/{}/",
                    self.random.pick(&[
                        "admin",
                        "scripts",
                        "backup",
                        "phpmyadmin",
                        "cgi-bin/test.cgi",
                        ".git/config",
                        "manager/html"
                    ])
                )
            }
            3 => *path = format!("/almacen/publico/{}", attacks::disguise(&mut self.random, "../../../etc/passwd")),
            4 => path.push_str(&format!(";jsessionid={}", self.random.next_u64())),
            _ => {
                *path = format!(
                    "/{}/{}.{}",
                    escape(&word, false),
                    escape(&self.word(2), false),
                    self.random.pick(&["asp", "html", "exe", "dll", "cfm"])
                )
            }
        }
        "unknown_page"
    }

    fn word(&mut self, syllables: u64) -> String {
        (0..1 + self.random.below(syllables)).map(|_| *self.random.pick(&SYLLABLES)).collect()
    }

    fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + self.random.below(10) as u8)).collect()
    }

    fn value(&mut self, field: Field) -> String {
        match field {
            Number(max) => (1 + self.random.below(max)).to_string(),
            Word => self.word(4),
            Login => match self.random.below(3) {
                0 => format!("{}{}", self.word(3), self.random.below(100)),
                1 => format!("{}_{}", self.word(3), self.word(2)),
                _ => self.word(4),
            },
            Password => {
                let length = 5 + self.random.below(8);
                (0..length)
                    .map(|_| char::from(*self.random.pick(b"abcdefghijklmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789$*!")))
                    .collect()
            }
            Name => match self.random.below(5) {
                0 => format!("{} {}", self.word(3), self.word(3)),
                _ => self.word(4),
            },
            Surnames => match self.random.below(30) {
                0 => format!("O'{} {}", self.word(3), self.word(3)),
                1 => format!("{}-{}", self.word(3), self.word(3)),
                2 => format!("de la {} {}", self.word(3), self.word(3)),
                _ => format!("{} {}", self.word(4), self.word(4)),
            },
            Email => {
                format!("{}.{}@{}.{}", self.word(2), self.word(3), self.word(4), self.random.pick(&["es", "com", "org", "cat"]))
            }
            Document => format!("{}{}", self.digits(8), char::from(*self.random.pick(b"ABCDEFGHJKLMNPQRSTVWXYZ"))),
            Address => {
                let street = *self.random.pick(&["Calle", "C/", "Avda.", "Plaza", "Paseo de", "Ronda", "Camino d'en"]);
                let flat = match self.random.below(5) {
                    0 => String::new(),
                    1 => format!(", {}-{}", self.random.below(9), self.random.pick(&["A", "B", "C"])),
                    2 => " s/n".into(),
                    _ => format!(", {}º {}", self.random.below(9), self.random.pick(&["izq.", "dcha.", "1", "B"])),
                };
                format!("{street} {} {}{flat}", self.word(4), 1 + self.random.below(200))
            }
            Town => match self.random.below(12) {
                0 => format!("{}, L'", self.word(4)),
                1 => format!("{} ({})", self.word(4), self.word(2)),
                2 => format!("{} d'{}", self.word(4), self.word(4)),
                _ => format!("{} {}", self.word(4), self.word(3)),
            },
            PostCode => self.digits(5),
            Card => self.digits(16),
            Choice(choices) => (*self.random.pick(choices)).to_owned(),
            Text => {
                let words = 3 + self.random.below(20);
                let mut text: Vec<String> = (0..words).map(|_| self.word(3)).collect();
                if self.random.chance(0.3) {
                    text.push("¡muy bien!".into());
                }
                text.join(if self.random.chance(0.2) { ", " } else { " " })
            }
        }
    }
}
