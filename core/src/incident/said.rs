//! What a text asks for and what it complains of: a few dozen classes, a bit each, and the formulae around them.
//!
//! Two short questions share nearly all their characters and still ask different things (`某局电话` and `某局地址`); two reports of one building are
//! two matters when one is about noise and the other about water. Words decide, so the classes can be read and mended.

use super::reading::Unit;
use rustc_hash::FxHashMap;
use std::sync::OnceLock;

/// What is asked: words of a class between `|`, and its weight in eighths of the natural-log IDF (one count of 5,200 orders and messages).
const ASKED: [(&str, u8); 11] = [
    ("电话|号码|联系方式|热线", 19),
    ("地址|位置|在哪|哪里|地点|怎么走|何处", 22),
    ("上班|营业时间|办公时间|几点|工作时间|什么时候|何时|时间", 18),
    ("材料|资料|手续", 22),
    ("条件|资格|符合|能否|是否可以|可否", 21),
    ("费用|收费|多少钱|价格|标准", 23),
    ("流程|程序|如何|怎么|怎样", 21),
    ("政策|规定|文件", 22),
    ("补贴|补助|津贴", 36),
    ("进度|结果|回复|答复|反馈|处理情况|仍未", 16),
    ("撤销|补充|催|转接|回电|话务", 28),
];

/// What is wrong, or what a procedure is about.
const WRONG: [(&str, u8); 51] = [
    ("噪音|噪声|扰民|吵", 21),
    ("施工|工地|装修", 22),
    ("违停|乱停|停放|停车|车位", 20),
    ("堵路|移车|挪车|堵住", 27),
    ("垃圾|清运|脏|清扫", 31),
    ("臭|异味|气味|污染|废气|粉尘|灰尘|扬尘", 28),
    ("停水|没水|无水|自来水|水压|供水|水费", 33),
    ("停电|没电|供电|用电|电费|电压", 29),
    ("燃气|煤气|天然气", 39),
    ("漏水|积水|下水道|污水|内涝|排水|渗水", 29),
    ("路灯|照明", 40),
    ("违建|搭建|违章建筑|违法建", 31),
    ("拖欠|工资|欠薪|讨薪", 30),
    ("电梯", 34),
    ("物业费|业委会|业主委员会", 36),
    ("入学|学位|招生|转学|分班|学区", 37),
    ("补课|培训|学费|退费", 37),
    ("公交|班车|班次", 25),
    ("出租车|拒载|打表|网约车|的士", 27),
    ("烧烤|油烟|厨余", 34),
    ("喇叭|音响|广场舞|唱歌|跳舞|音乐", 33),
    ("摆摊|占道|摊|小贩", 29),
    ("坑|破损|路面|修路|硬化", 29),
    ("井盖", 46),
    ("房产证|不动产|产权", 31),
    ("过户", 39),
    ("退款|消费|质量|假货|假冒|虚假|骗", 22),
    ("诈骗|传销|集资", 40),
    ("狗|犬", 44),
    ("树|绿化|绿地|花草", 29),
    ("医保|社保|养老|公积金", 28),
    ("户口|落户|户籍", 26),
    ("身份证", 34),
    ("居住证", 35),
    ("驾驶证|驾照", 34),
    ("护照|通行证|签证", 45),
    ("拆迁|征地|补偿|安置", 29),
    ("结婚|离婚|生育|准生|计生", 38),
    ("教师|老师", 37),
    ("医院|医生|看病|就诊", 30),
    ("红绿灯|信号灯|斑马线|护栏", 33),
    ("超速|闯红灯|逆行|违章|罚", 25),
    ("超时|夜间|凌晨|半夜", 28),
    ("遗落|遗失|丢失|失物", 32),
    ("酒驾|飙车|摩托", 43),
    ("限购|购房|买房|房价|经济适用房|公租房|廉租", 28),
    ("通航|停航|轮渡|起航", 38),
    ("网络|宽带|信号|电信|移动|联通", 29),
    ("赌|嫖|色情", 44),
    ("人才|引进", 35),
    ("报名|考试|成绩", 34),
];

/// Words that every order holds: they say nothing of the matter.
const FORMULAE: &str = "的问题|问题|咨询|关于|是多少|多少|是什么|什么|需要|提供|哪些|办理|相关|情况|事宜|具体|目前|现在|是否|可以|能否|请问|了解|想|\
    反映|投诉|表示|认为|不合理|希望|建议|要求|来电|市民|网友|有关部门|相关部门|尽快|及时|处理|解决|核实|予以|给予|进行|严重|影响|居民|正常|休息|出行|生活|\
    引起|造成|办件|工单|分钟|其|故|的|在|是|有|吗|呢|了|市";

/// First bit of a class; the bits below it are flags of the fingerprint.
pub(crate) const FIRST: u32 = 2;
/// Bits of the classes of what is asked.
pub(crate) const ASKED_BITS: u64 = ((1 << ASKED.len()) - 1) << FIRST;
/// Bits of the classes of what is wrong.
pub(crate) const WRONG_BITS: u64 = !((1 << (FIRST as usize + ASKED.len())) - 1);
/// Matters that pass within hours and come anew: a car in the way, a thing left in a taxi, a call to be put through.
pub(crate) const PASSING_BITS: u64 = 1 << (FIRST + 10) | 1 << (FIRST + 11 + 3) | 1 << (FIRST + 11 + 43);

/// Sum of the weights of classes, in nats.
pub(crate) fn weight(mut bits: u64) -> f32 {
    let mut sum = 0u32;
    bits &= ASKED_BITS | WRONG_BITS;
    while bits > 0 {
        let class = (bits.trailing_zeros() - FIRST) as usize;
        sum += u32::from(ASKED.get(class).or_else(|| WRONG.get(class - ASKED.len())).map_or(0, |c| c.1));
        bits &= bits - 1;
    }
    sum as f32 / 8.0
}

/// Words by their first character: the rest of each, and its bit (0 for a formula).
type Words = FxHashMap<char, Vec<(Box<[char]>, u64)>>;

fn words() -> &'static Words {
    static WORDS: OnceLock<Words> = OnceLock::new();
    let build = || {
        let mut by_first = Words::default();
        let classes = ASKED.iter().chain(&WRONG).enumerate().map(|(i, c)| (c.0, 1u64 << (FIRST as usize + i)));
        for (list, bit) in classes.chain([(FORMULAE, 0)]) {
            for word in list.split('|') {
                let mut chars = word.chars();
                if let Some(first) = chars.next() {
                    by_first.entry(first).or_default().push((chars.collect(), bit));
                }
            }
        }
        by_first
    };
    WORDS.get_or_init(build)
}

/// The classes of a text, and which of its units belong to the matter (are part of no formula and of no word that asks). Linear in the units.
pub(crate) fn read(units: &[Unit]) -> (u64, Vec<bool>) {
    let words = words();
    let (mut bits, mut content) = (0, vec![true; units.len()]);
    for (at, unit) in units.iter().enumerate() {
        for (rest, bit) in words.get(&unit.ch).into_iter().flatten() {
            let end = at + 1 + rest.len();
            if !units.get(at + 1..end).is_some_and(|r| r.iter().zip(rest).all(|(u, &c)| u.ch == c)) {
                continue;
            }
            bits |= bit;
            if bit & WRONG_BITS == 0 {
                content[at..end].fill(false);
            }
        }
    }
    (bits, content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::reading::Reading;
    use crate::text::{Prepared, Segmenter};

    fn said(text: &str) -> (u64, String) {
        let p = Prepared::new(text, None, &Segmenter::new("拖欠 10\n").unwrap());
        let units = Reading::new(&p).units;
        let (bits, content) = read(&units);
        (bits, units.iter().zip(content).filter(|(u, c)| *c && !u.is_break()).map(|(u, _)| u.ch).collect())
    }

    #[test]
    fn formulae_go_and_classes_stay() {
        let (phone, rest) = said("市民来电咨询:民政局电话号码的问题");
        assert_eq!(rest, "民政局");
        let (place, same) = said("市民来电咨询:民政局的地址在哪里?");
        assert_eq!(same, "民政局");
        assert!(phone & ASKED_BITS > 0 && place & ASKED_BITS > 0);
        assert_eq!(phone & place & ASKED_BITS, 0);
        assert_eq!((phone | place) & WRONG_BITS, 0);
    }

    #[test]
    fn what_is_wrong_is_told_apart() {
        let (noise, water) = (said("工地夜间施工噪音扰民").0, said("小区停水三天").0);
        assert!(noise & WRONG_BITS > 0 && water & WRONG_BITS > 0);
        assert_eq!(noise & water, 0);
        assert!(weight(noise) > 0.0);
        assert_eq!(weight(3), 0.0);
        assert!(said("楼下有车堵路需要移车").0 & PASSING_BITS > 0);
        assert_eq!(said("小区停水三天").0 & PASSING_BITS, 0);
    }
}
