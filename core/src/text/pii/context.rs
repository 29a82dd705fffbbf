//! The words before a number: they tell a telephone from an order number.

/// What the words right before a number say of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Context {
    /// It is some other number (order, meter, contract).
    pub(super) other: bool,
    /// It is a telephone.
    pub(super) phone: bool,
    /// It is a hotline of an office or firm.
    pub(super) hotline: bool,
    /// It is a citizen id.
    pub(super) identity: bool,
    /// It is a number plate.
    pub(super) plate: bool,
}

/// Cue, and what it says. Of the cues before a number the last one counts; of two that end together the longer.
const CUES: &[(&str, u8)] = &[
    ("电话", PHONE),
    ("座机", PHONE),
    ("固话", PHONE),
    ("手机", PHONE),
    ("致电", PHONE),
    ("回电", PHONE),
    ("来电", PHONE),
    ("联系", PHONE),
    ("拨打", PHONE),
    ("拨通", PHONE),
    ("打到", PHONE),
    ("打给", PHONE),
    ("机号", PHONE),
    ("话号", PHONE),
    ("微信", PHONE),
    ("微信号", PHONE),
    ("支付宝", PHONE),
    ("传真", PHONE),
    ("tel", PHONE),
    ("phone", PHONE),
    ("呼叫", PHONE),
    ("电联", PHONE),
    ("请打", PHONE),
    ("可打", PHONE),
    ("先生", PHONE),
    ("女士", PHONE),
    ("小姐", PHONE),
    ("师傅", PHONE),
    ("大爷", PHONE),
    ("大妈", PHONE),
    ("阿姨", PHONE),
    ("同志", PHONE),
    ("家里", PHONE),
    ("单位电话", PHONE),
    ("手机号", PHONE),
    ("电话号", PHONE),
    ("联系号", PHONE),
    ("座机号", PHONE),
    ("固话号", PHONE),
    ("宅电", PHONE),
    ("本机", PHONE),
    ("电话号码", PHONE),
    ("手机号码", PHONE),
    ("联系号码", PHONE),
    ("来电号码", PHONE),
    ("联系人", PHONE),
    ("打来", PHONE),
    ("打", PHONE),
    ("热线", HOTLINE),
    ("客服", HOTLINE),
    ("客服电话", HOTLINE),
    ("客服热线", HOTLINE),
    ("服务电话", HOTLINE),
    ("监督电话", HOTLINE),
    ("举报电话", HOTLINE),
    ("投诉电话", HOTLINE),
    ("报修电话", HOTLINE),
    ("服务热线", HOTLINE),
    ("总机", HOTLINE),
    ("咨询电话", HOTLINE),
    ("客服号码", HOTLINE),
    ("身份证", IDENTITY),
    ("身份证号", IDENTITY),
    ("身份证号码", IDENTITY),
    ("身份号码", IDENTITY),
    ("证件号", IDENTITY),
    ("证件号码", IDENTITY),
    ("身份", IDENTITY),
    ("身份证件号", IDENTITY),
    ("身份证件号码", IDENTITY),
    ("公民身份号码", IDENTITY),
    ("公民身份证号码", IDENTITY),
    ("车牌", PLATE),
    ("车牌号", PLATE),
    ("车牌号码", PLATE),
    ("牌照", PLATE),
    ("牌照号", PLATE),
    ("牌号", PLATE),
    ("车号", PLATE),
    ("号牌", PLATE),
    ("牌子", PLATE),
    ("轿车", PLATE),
    ("货车", PLATE),
    ("军车", PLATE),
    ("警车", PLATE),
    ("车辆", PLATE),
    ("牌照号码", PLATE),
    ("的车", PLATE),
    ("机动车", PLATE),
    ("越野车", PLATE),
    ("面包车", PLATE),
    ("牌", PLATE),
    ("号牌号码", PLATE),
    ("车", PLATE),
    ("银行卡", CARD),
    ("银行卡号", CARD),
    ("卡号", CARD),
    ("储蓄卡", CARD),
    ("信用卡", CARD),
    ("工资卡", CARD),
    ("账号", CARD),
    ("账户", CARD),
    ("帐号", CARD),
    ("订单", OTHER),
    ("工单", OTHER),
    ("运单", OTHER),
    ("快递单", OTHER),
    ("单号", OTHER),
    ("编号", OTHER),
    ("流水", OTHER),
    ("合同", OTHER),
    ("条码", OTHER),
    ("条形码", OTHER),
    ("代码", OTHER),
    ("编码", OTHER),
    ("电表", OTHER),
    ("水表", OTHER),
    ("气表", OTHER),
    ("热表", OTHER),
    ("表号", OTHER),
    ("户号", OTHER),
    ("发票", OTHER),
    ("执照", OTHER),
    ("备案", OTHER),
    ("批号", OTHER),
    ("案号", OTHER),
    ("qq", OTHER),
    ("id", OTHER),
    ("no", OTHER),
    ("取件码", OTHER),
    ("验证码", OTHER),
    ("货号", OTHER),
    ("型号", OTHER),
    ("保单", OTHER),
    ("回执", OTHER),
    ("凭证", OTHER),
    ("序列", OTHER),
    ("档案", OTHER),
    ("票据", OTHER),
    ("房号", OTHER),
    ("许可证", OTHER),
    ("小票", OTHER),
    ("准考证", OTHER),
    ("学籍", OTHER),
    ("病历", OTHER),
    ("会员", OTHER),
    ("公交卡", OTHER),
    ("一卡通", OTHER),
    ("存折", OTHER),
    ("受理号", OTHER),
    ("包裹", OTHER),
    ("宽带", OTHER),
    ("燃气卡", OTHER),
    ("购电卡", OTHER),
    ("sn", OTHER),
    ("ip", OTHER),
    ("设备", OTHER),
    ("主机", OTHER),
    ("金额", OTHER),
    ("总价", OTHER),
    ("票号", OTHER),
    ("井盖", OTHER),
    ("灯杆", OTHER),
    ("杆号", OTHER),
    ("门牌", OTHER),
    ("学号", OTHER),
    ("工号", OTHER),
    ("警号", OTHER),
    ("胸牌", OTHER),
    ("工牌", OTHER),
    ("日期", OTHER),
    ("生日", OTHER),
    ("出生", OTHER),
    ("群号", OTHER),
    ("版本", OTHER),
    ("邮编", OTHER),
    ("登记号", OTHER),
    ("社保号", OTHER),
    ("医保号", OTHER),
    ("流水号", OTHER),
    ("车架", OTHER),
    ("发动机", OTHER),
    ("车次", OTHER),
];
const PHONE: u8 = 0;
const HOTLINE: u8 = 1;
const IDENTITY: u8 = 2;
const PLATE: u8 = 3;
const CARD: u8 = 4;
const OTHER: u8 = 5;

/// Reads the words before byte `at`: back to the end of a clause or to another number, at most 16 characters.
pub(super) fn before(text: &str, at: usize) -> Context {
    let head = text.get(..at).unwrap_or_default();
    let mut from = at;
    let mut said = false;
    for (i, c) in head.char_indices().rev().take(16) {
        let filler = matches!(c, ':' | ' ' | '是' | '为' | '(' | '[' | '"' | '“' | '「' | '《' | '+' | '#' | '=');
        said |= !filler;
        if matches!(c, '。' | '!' | '?' | ';' | '\n' | ')' | '…') || c.is_ascii_digit() || (matches!(c, ',' | '、') && said) {
            break;
        }
        from = i;
    }
    let window = head.get(from..).unwrap_or_default();
    let path = window.strip_suffix('/').is_some_and(|w| w.ends_with(|c: char| c.is_ascii_alphabetic()));
    if path || window.ends_with(['=', '#', '_', '%', '&', '\\', '$', '¥', '№']) {
        return Context { other: true, ..Context::default() };
    }
    let last = CUES
        .iter()
        .filter_map(|(cue, what)| window.rfind(cue).map(|i| (i + cue.len(), cue.len(), *what)))
        .max_by_key(|&(end, len, _)| (end, len));
    let mut context = Context::default();
    match last {
        Some((_, _, PHONE)) => context.phone = true,
        Some((_, _, HOTLINE)) => context.hotline = true,
        Some((_, _, IDENTITY)) => context.identity = true,
        Some((_, _, PLATE)) => context.plate = true,
        Some((_, _, OTHER)) => context.other = true,
        _ => {}
    }
    // Any other "…号" or "…码" right before the number names it.
    const OWN: [&str; 13] = ["的号码", "个号码", "这号码", "的号", "个号", "这号", "我号", "老号", "新号", "大号", "小号", "地号", "他号"];
    let bare = window.trim_end_matches([':', ' ', '是', '为', '(', '"', '“']);
    if bare.ends_with(['号', '码', '第'])
        && bare != "号码"
        && !OWN.iter().any(|o| bare.ends_with(o))
        && last.is_none_or(|(end, _, _)| end < bare.len())
    {
        context = Context { other: true, ..Context::default() };
    }
    if last.is_none() {
        context.phone = named_before(head);
    }
    context
}

/// `联系人老孙,65…`: the clause before names whom to call.
fn named_before(head: &str) -> bool {
    let Some(clause) = head.trim_end_matches(' ').strip_suffix([',', ':', ')']) else { return false };
    let from = clause.char_indices().rev().take(12).take_while(|(_, c)| !matches!(c, ',' | '。' | '!' | '?' | ';' | '\n')).last();
    let clause = from.and_then(|(i, _)| clause.get(i..)).unwrap_or_default();
    ["联系", "电话", "先生", "女士", "师傅", "座机", "手机"].iter().any(|c| clause.contains(c))
}

/// Units after a number: then it counts something.
pub(super) fn counted(text: &str, at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default().trim_start_matches(' ');
    const UNITS: [&str; 18] =
        ["元", "块", "万", "亿", "平", "米", "吨", "度", "人", "户", "次", "千", "公里", "号楼", "号线", "路公交", "美元", "rmb"];
    UNITS.iter().any(|u| rest.starts_with(u)) && !rest.starts_with("万一") && !rest.starts_with("人在") && !rest.starts_with("度过")
}
