//! Stand-in for the engine until it is there.
use jiesu::bundle::Bundle;
use jiesu::complaint::*;

pub(crate) struct Engine {}

const DOMAINS: &[(&str, &str, &[&str], &str)] = &[
    ("D09", "劳动与社会保障", &["工资", "拖欠", "社保", "包工头"], "市人力社保局"),
    ("D01", "住房与物业", &["物业", "电梯", "业委会", "漏水"], "市住房城乡建设委"),
    ("D07", "环境保护", &["噪音", "施工", "油烟", "异味"], "市生态环境局"),
    ("D06", "公共交通", &["公交", "地铁", "站台"], "市交通委"),
    ("D16", "社会治安", &["群租", "打架", "偷"], "市公安局"),
];

impl Engine {
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, jiesu::Error> {
        Bundle::from_bytes(bytes)?;
        Ok(Engine {})
    }

    pub(crate) fn analyze(&self, c: &Complaint) -> Analysis {
        let t = &c.text;
        let mut topics: Vec<Topic> = DOMAINS
            .iter()
            .map(|(code, name, words, _)| {
                let evidence: Vec<Evidence> = words
                    .iter()
                    .flat_map(|w| t.match_indices(w).map(|(i, w)| Evidence { start: i, end: i + w.len(), weight: 1.2 }))
                    .collect();
                Topic { code: code.to_string(), name: name.to_string(), p: 0.05 + 0.3 * evidence.len().min(3) as f64, evidence }
            })
            .collect();
        topics.sort_by(|a, b| b.p.total_cmp(&a.p));
        let lead = DOMAINS.iter().find(|d| d.0 == topics[0].code).map(|d| d.3).unwrap_or("");
        let sources = Sources {
            catalogue: Some("C-017".into()),
            history: Some(HistorySource { p: 0.8, evidence: topics[0].evidence.clone(), similar: vec![] }),
            geo: Some(Named { code: "110108".into(), name: "海淀区".into() }),
        };
        let unit = |u: &str, role, p, local: Option<(&str, &str)>| UnitAnswer {
            unit: u.into(),
            role,
            p,
            local: local.map(|(c, n)| Named { code: c.into(), name: n.into() }),
            sources: sources.clone(),
            reasons: vec![format!("目录第17行：{}由{}主责", topics[0].name, u), "“工资”一词；地址在海淀区".into()],
        };
        let mut units = vec![unit(lead, Role::Lead, 0.83, Some(("110108", "海淀区")))];
        units.push(unit("市公安局", Role::Cooperating, 0.4, None));
        units.push(unit("属地街道办事处、乡镇人民政府", Role::Receiving, 0.9, Some(("110108028", "上庄镇"))));
        let area = |code: &str, name: &str, p| AreaAnswer { code: code.into(), name: name.into(), district: Some("海淀区".into()), town: Some(name.into()), p };
        let mut areas = vec![];
        if t.contains("海淀") || t.contains("村") {
            areas.push(area("110108028", "上庄镇", 0.72));
            areas.push(area("110108029", "温泉镇", 0.12));
        }
        let mut pii = vec![];
        for (i, _) in t.match_indices('1') {
            if let Some(s) = t.get(i..i + 11).filter(|s| s.bytes().all(|b| b.is_ascii_digit())) {
                pii.push(Pii { kind: PiiKind::Mobile, text: s.into(), start: i, end: i + 11 });
            }
        }
        let urgent = t.contains("着火") || t.contains("跳楼");
        Analysis {
            id: c.id.clone(),
            received_at: c.received_text.clone(),
            channel: c.channel.clone(),
            caller: c.caller.clone(),
            status: c.status.clone(),
            kind: TypeAnswer { label: if t.contains('？') { RequestType::Inquiry } else { RequestType::Complaint }, p: 0.91, report: t.contains("举报") },
            urgency: Urgency { level: if urgent { 2 } else if t.contains("今天") { 1 } else { 0 }, reasons: if urgent { vec!["着火".into()] } else { vec![] } },
            collective: Collective { flag: t.contains("个人"), people: t.contains("九个人").then_some(9) },
            problem: topics.first().filter(|t| t.code == "D09").map(|_| Problem { code: "0201".into(), name: "拖欠工资".into(), theme: "劳动就业".into(), p: 0.77 }),
            level: Level::Department,
            limit: Some(Limit { value: 7, unit: LimitUnit::Workdays }),
            abstain: topics[0].evidence.is_empty(),
            area: areas.first().cloned(),
            areas,
            entities: vec![],
            missing: vec![
                Missing { fact: "employer".into(), question: "用人单位或包工头的全名是什么？".into() },
                Missing { fact: "amount".into(), question: "一共拖欠多少钱、多少人？".into() },
            ],
            matters: vec![Matter { start: 0, end: t.len(), topics: topics.clone(), problem: None, units: units.clone() }],
            topics,
            units,
            pii,
            incident: None,
        }
    }

    pub(crate) fn analyze_json(&self, c: &Complaint) -> String {
        let mut a = self.analyze(c);
        a.convert_spans(|b| c.text.get(..b).map_or(0, |s| s.chars().count()));
        serde_json::to_string(&a).unwrap_or_default()
    }
}
