//! Words around a place that tell whether the matter is there: 住在 before it, 附近 after it, 医院 that makes it part of a firm's name.

use super::trie::Trie;

/// What a word says about a place beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cue {
    /// Someone lives or something lies there.
    Live,
    /// Any preposition of place.
    At,
    /// An earlier time: 以前, 当年.
    Earlier,
    /// 老家, 籍贯.
    Native,
    /// Goods come from there.
    Goods,
    /// Work, study or travel.
    Work,
    /// A firm, school or hospital.
    Organisation,
    /// An office of government, competent for its area.
    Office,
    /// Something that is sold.
    Product,
    /// A line of metro or bus.
    Line,
    /// From one end to another.
    Range,
    /// A place beside it.
    Near,
    /// A part of it.
    Inside,
    /// Breaks the reading of a name and a noun as one name: 的, 一家, 某.
    Link,
    /// The name itself is spoken of: 名字里, 两个字.
    Word,
    /// Another city or province.
    Outside,
}

/// A cue found in a text, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CueHit {
    pub start: usize,
    pub end: usize,
    pub cue: Cue,
}

const CUES: &[(Cue, &str)] = &[
    (
        Cue::Live,
        "住 住在 家住 家在 居住 居住在 现住 现住在 租住 租住在 租在 位于 坐落于 坐落在 地址 地址是 住址 家住在 搬到 搬进 搬来 落户 户口在 户籍在 买了 我家 我们 \
         我是 俺是 俺们 咱们 咱 我 家是 业主是 事发地 地点 地点是 发生在 反映 投诉 举报 咨询 关于 来电称 来电 就是 就 这个 那个 此处 建议 居民 市民",
    ),
    (Cue::At, "在 到 于 去 来 赴 从 由 经过 途经 路过 走到 跑到 来到 前往 往 对 给 跟 和 与 自"),
    (
        Cue::Earlier,
        "以前 原来 原先 早先 之前 先前 从前 过去 曾 曾经 当年 当时 年前 前年 那会儿 那会 那阵 那阵子 那时候 那时 的时候 时候 早年 原住 原住在 上次 上回 老早 小时候 \
         搬家前 搬走前 拆迁前 以前住 刚来那 头几年 前几年 那几年",
    ),
    (
        Cue::Native,
        "老家 老家在 老家是 籍贯 祖籍 原籍 娘家 娘家在 婆家 来自 出生 出生在 亲戚 亲戚在 亲戚家 同学在 朋友在 哥们 表哥 表弟 堂兄 堂哥 战友 老乡 籍 户籍",
    ),
    (Cue::Goods, "发货 发来 发出 发的 仓 仓库 仓发 寄 寄来 寄到 寄出 邮寄 运来 运到 进货 进的 产地 产的 货源 采购 批发 拉来 捎来 买来"),
    (
        Cue::Work,
        "上班 上夜班 夜班 上早班 值班 值夜班 打工 工作 干活 做工 务工 出差 送货 开会 开车 跑车 上学 念书 读书 念大学 读大学 培训 看孩子 看门 实习 单位 公司在 单位在 \
         工地 厂里 厂子 办公 当保安 做保洁 跑业务 做生意 进修 旅游 旅行 游玩 玩 爬山 钓鱼 吃饭 看病 做手术 住院 转院",
    ),
    (
        Cue::Organisation,
        "医院 分院 诊所 口腔 牙科 齿科 门诊 门诊部 医美 美容 美发 整形 眼科 体检 药房 药店 大药房 银行 支行 分行 信用社 储蓄所 保险 证券 公司 有限公司 分公司 集团 物业 \
         物业公司 地产 置业 房产 房地产 装饰 装修 家装 建筑 建设 工程 科技 商贸 贸易 实业 传媒 文化传播 学校 小学 中学 附小 附中 分校 校区 大学 学院 技校 职校 职高 \
         幼儿园 分园 托育 早教 教育 培训 培训班 驾校 旅行社 国际旅行社 酒店 宾馆 饭店 饭庄 餐厅 餐饮 火锅 烤鸭店 超市 商场 百货 便利店 连锁 分店 总店 家政 \
         搬家 快递 物流 速运 货运 租车 汽车服务 出租汽车 出租车公司 4s店 健身 健身房 影院 影城 养老院 敬老院 养老 康养 食品 食品厂 乳业 制药 药业 服装 家具 家居 建材 \
         律师事务所 律所 中介 地产经纪 燃气服务 燃气公司 供暖 供热 热力公司 网约车 合作社 厂 店 号 牌 俱乐部 商会 基金会 福利院 中心医院 妇幼保健院 公证处 供电公司 机电 汽修 修理厂",
    ),
    (
        Cue::Office,
        "街道办 办事处 政府 镇政府 乡政府 区政府 派出所 分局 公安 交警 交通队 支队 城管 执法 房管所 房管局 住建委 建委 教委 卫健委 民政 民政局 人社 人社局 社保 社保所 \
         医保 法院 检察院 税务 税务所 消协 市场监管 工商所 工商 环保局 环保 园林 水务 供水 自来水 居委会 村委会 物业办公室 劳动监察 劳动仲裁 仲裁委 监察 不动产 政务 \
         政务大厅 大厅 窗口 便民 卫生服务中心 卫生站 服务站 服务中心 消防 应急 信访 街道 疾控",
    ),
    (
        Cue::Product,
        "水库鱼 鱼 大桃 桃 桃子 鲜桃 草莓 西瓜 板栗 栗子 梨 鸭梨 苹果 杏 李子 葡萄 樱桃 柿子 红薯 白薯 玉米 小米 大米 核桃 红枣 山楂 蜂蜜 鸡蛋 柴鸡蛋 豆腐 豆腐丝 豆浆 \
         蔬菜 大白菜 白菜 萝卜 香椿 蘑菇 羊肉 牛肉 猪肉 烤鸭 火烧 烧饼 糕点 点心 稻香村 白酒 黄酒 二锅头 老酒 啤酒 酸奶 奶 牛奶 矿泉水 礼盒 特产 土特产 年货 罐头 果脯 酱菜 苗木 花卉 \
         牌 款 产 盆花 瓜 煎饼 年糕 粘豆包 冻梨 红肖梨 有机菜 黑猪 油鸡 鲟鱼 虹鳟 虹鳟鱼",
    ),
    (
        Cue::Line,
        "号线 线 地铁 环线 城铁 轻轨 班车 公交 公交车 路公交 趟车 趟 路车 专线 快线 支线 摆渡车 高速 高铁 列车 火车 动车 省道 国道",
    ),
    (Cue::Range, "到 至 开到 开往 开去 通往 通到 一直到 一直开到 往返 去往 驶往 发往 ~ - — → 往"),
    (
        Cue::Near,
        "附近 旁边 旁 那边 这边 那块 这块 那儿 这儿 那片 这片 那一片 这一片 一带 周边 周围 边上 门口 路口 对面 对过 跟前 东边 西边 南边 北边 东侧 西侧 南侧 北侧 东面 西面 南面 北面 \
         十字路口 丁字路口 地铁站 地铁口 站 桥下 桥头 地区 片区 商圈 这里 那里 出口 东口 西口 南口 北口 口 桥",
    ),
    (
        Cue::Inside,
        "号楼 单元 号院 院 院内 院里 小区 小区里 社区 村 村里 村内 村口 村东 村西 村民 居民 业主 住户 租户 租客 南门 北门 东门 西门 正门 大门 菜市场 市场 公园 广场 停车场 地下室 胡同 \
         辖区 辖区内 境内 范围内 区内 内 里 里头 里面 上 底商 楼 楼下 家属院 宿舍 平房 回迁 回迁房 回迁楼 家园 花园 苑 期 街坊 物业办公室 一家 一所 一处 一个 某 有家 有人 有个 这家 那家 那个 这个",
    ),
    (
        Cue::Link,
        "的 一家 一所 一处 一个 一位 一名 一条 某 某某 有家 有个 有人 这家 那家 那个 这个 这片 附近 旁边 里 内 上 那边 这边 区 辖区 当地 本地 有",
    ),
    (
        Cue::Word,
        "字 二字 两字 两个字 几个字 名字里 字号 名头 旗号 招牌 品牌 商标 精神 感 互助 一致 合作 和谐 共处 相处 吗 地 起来 不起来 正大 磊落 磊落地 生活 晚年 牌照 着 万岁 奖 奖章",
    ),
];

/// Finds all cues of a text in one pass.
#[derive(Debug, Default)]
pub(super) struct Cues {
    trie: Trie,
    kinds: Vec<Vec<Cue>>,
}

impl Cues {
    /// The cues of the language and the names of other cities.
    pub(super) fn new(outside: &[String]) -> Self {
        let known = CUES.iter().flat_map(|&(cue, words)| words.split_whitespace().map(move |w| (w.chars().collect::<Vec<char>>(), cue)));
        let mut all: Vec<_> = known.chain(outside.iter().map(|n| (n.chars().collect(), Cue::Outside))).collect();
        all.retain(|(w, _)| !w.is_empty());
        all.sort_by(|a, b| a.0.cmp(&b.0));
        let mut words: Vec<Vec<char>> = Vec::new();
        let mut kinds: Vec<Vec<Cue>> = Vec::new();
        for (word, cue) in all {
            if words.last() == Some(&word) {
                if let Some(k) = kinds.last_mut().filter(|k| !k.contains(&cue)) {
                    k.push(cue);
                }
            } else {
                words.push(word);
                kinds.push(vec![cue]);
            }
        }
        Cues { trie: Trie::new(&words), kinds }
    }

    /// Appends the cues that begin at `at` (in characters of `text`).
    #[inline]
    pub(super) fn at(&self, text: &[char], at: usize, out: &mut Vec<CueHit>) {
        self.trie.prefixes(&text[at..], |len, v| {
            out.extend(self.kinds[v as usize].iter().map(|&cue| CueHit { start: at, end: at + len, cue }));
        });
    }
}

/// Characters that end a clause.
pub(super) fn is_break(c: char) -> bool {
    matches!(c, ',' | '.' | ';' | ':' | '!' | '?' | '\n' | '。' | '、' | '，' | '；' | '：' | '！' | '？' | '…')
}

/// Opening quotation marks and brackets of titles.
pub(super) fn is_open_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '“' | '‘' | '「' | '『' | '《' | '【')
}

/// Closing quotation marks and brackets of titles.
pub(super) fn is_close_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '”' | '’' | '」' | '』' | '》' | '】')
}
