"""Incidents, places, hotspots: what goes in, what comes out, what bad input does."""

import json
import pickle
import threading

import pytest

import jiesu

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")

WATER = ["望京花园三号楼昨晚起停水，物业电话没人接", "望京花园三号楼从昨晚就没水了，物业电话打不通", "望京花园3号楼停水一天了，物业不接电话"]


@pytest.fixture
def index():
    index = jiesu.IncidentIndex()
    index.insert([{"id": f"w{n}", "text": t, "received_at": f"2026-01-05 0{n + 7}:00"} for n, t in enumerate(WATER)])
    return index


def test_decisions_can_be_made_and_taken_back(index):
    [one] = {index.placement(f"w{n}").incident for n in range(3)}
    assert index.members(one) == ["w0", "w1", "w2"] and len(index) == 3
    other = index.reject("w2")
    assert index.members(other) == ["w2"] and index.members(one) == ["w0", "w1"]
    assert index.undo() and index.members(one) == ["w0", "w1", "w2"] and not index.undo()
    other = index.split(["w1", "w2"])
    event = index.confirm(other, one)
    assert index.resolve(other) == one and index.members(other) == ["w0", "w1", "w2"]
    assert index.undo(event)
    closed = index.close(one, "已办结")
    assert index.status(one) == "已办结" and index.reopen(one) > closed and index.status(one) is None
    asked = index.query({"id": "q", "text": WATER[0]})
    assert asked.relation in ("same_matter", "new") and len(index) == 3 and index.placement("q") is None
    assert asked.to_dict() == json.loads(json.dumps(asked)) and pickle.loads(pickle.dumps(asked)) == asked
    index.evict("2026-01-06")
    assert len(index) == 0 and index.statistics()["incidents"] == 0


def test_tables_are_filed_in_order_of_time_and_keep_their_rows(corpus):
    frame = pd.DataFrame([{"no": r["id"], "content": r["text"], "at": f"2026-01-{n % 28 + 1:02}"} for n, r in enumerate(corpus[:300])])
    frame.loc[7, "content"] = None
    frame.index = frame.index + 1000
    out = jiesu.IncidentIndex().merge(frame, text="content", id="no", time="at")
    assert list(out.index) == list(frame.index) and out["id"].drop(1007).tolist() == frame["no"].drop(1007).tolist()
    assert out["incident"].isna().tolist() == out["error"].notna().tolist() and out["error"].notna().sum() == 1
    ordered = frame.drop(1007).sort_values("at", kind="stable")
    index = jiesu.IncidentIndex()
    placed = index.insert([{"id": i, "text": t, "received_at": a} for i, t, a in zip(ordered["no"], ordered["content"], ordered["at"])])
    incidents = {p.id: index.resolve(p.incident) for p in placed}
    assert out.dropna(subset="id").set_index("id")["incident"].to_dict() == incidents
    for other in (pl.DataFrame(frame), pa.Table.from_pandas(frame)):
        assert jiesu.IncidentIndex().merge(other, text="content", id="no", time="at")["incident"].to_pylist() if isinstance(other, pa.Table) else True


def test_pair_scores(index):
    score = index.score({"text": WATER[0], "caller": "a"}, {"text": WATER[1], "caller": "a"})
    assert score.relation == "same_person" and score.p > 0.5 and score.reasons


def test_bad_input_to_an_index(index):
    for bad, kind in (("inc-x", ValueError), ("inc-99999999", ValueError)):
        with pytest.raises(kind) as e:
            index.members(bad)
        assert isinstance(e.value, jiesu.JiesuError) and e.value.code == "incident.unknown_incident"
    with pytest.raises(ValueError, match="no live record `zz`"):
        index.reject("zz")
    for bad in (None, b"x", [None], [3]):
        with pytest.raises(TypeError):
            index.insert(bad)
    with pytest.raises(KeyError, match="no column `body`"):
        index.merge(pd.DataFrame({"text": ["a"]}), text="body")
    with pytest.raises(ValueError, match="is not a time"):
        index.evict("soon")
    assert index.merge(pd.DataFrame({"text": pd.Series([], dtype=str)})).shape[0] == 0 and index.insert([]) == []


def test_eight_threads_share_an_index_and_an_engine():
    index, engine, errors = jiesu.IncidentIndex(), jiesu.Engine(), []
    expected = engine.to_json(WATER, n_jobs=1)

    def work(n):
        try:
            for i in range(25):
                place = index.insert({"id": f"{n}-{i}", "text": f"{WATER[i % 3]}，第{n}户"})
                index.query(WATER[0])
                index.undo(index.close(place.incident, "办结"))
                assert engine.to_json(WATER, n_jobs=2) == expected
        except Exception as e:  # noqa: BLE001
            errors.append(e)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert not errors and len(index) == 200


def test_places():
    gazetteer = jiesu.Gazetteer()
    text = "😀朝阳区望京街道花家地社区的路灯坏了"
    place = gazetteer.resolve(text)
    assert place.area["district"] == "朝阳区" and all(text[m["start"] : m["end"]] == m["text"] for m in place.mentions)
    assert gazetteer.resolve([text, "没有地方"])[0] == place and gazetteer.resolve("没有地方").area is None
    assert gazetteer.resolve("没有地方", area="110105001").area["code"] == "110105001"
    assert gazetteer.find(place.area["code"]).parent == place.area["code"][:9] and gazetteer.find("9") is None
    areas = gazetteer.areas().to_pandas()
    assert set(areas["level"]) == {"district", "town", "community"} and (areas["level"] == "district").sum() == 16
    assert set(sum(gazetteer.adjacency(), ())) <= set(areas["code"])
    for bad in (None, 3, [None], [b"x"]):
        with pytest.raises(TypeError):
            gazetteer.resolve(bad)
    with pytest.raises(ValueError, match="not a place on earth"):
        gazetteer.resolve("x", point=(400.0, 0.0))


def events():
    days = [f"2026-{m:02}-{d:02}" for m in (1, 2) for d in range(1, 29)]
    rows = [(d, f"11010500{a}", "0401", f"c{d}{a}") for d in days for a in (1, 2, 3)] + [("2026-02-28", "110105002", "0401", f"x{n}") for n in range(25)]
    return pd.DataFrame([{"id": str(n), "at": d, "area": a, "topic": t, "caller": c} for n, (d, a, t, c) in enumerate(rows)])


def test_hotspots_from_any_table():
    frame = events()
    # With all areas of the city, most of them silent.
    assert [a.areas for a in jiesu.HotspotDetector("bundle").detect(frame, "2026-02-28", time="at") if a.scope == "local"] == [["110105002"]]
    detector = jiesu.HotspotDetector()
    alerts = detector.detect(frame, "2026-02-28", time="at")
    local = [a for a in alerts if a.scope == "local"]
    assert [a.areas for a in local] == [["110105002"]] and local[0].observed >= 25 and "0401" in repr(local[0])
    assert detector.detect(pl.DataFrame(frame), "2026-02-28", time="at") == alerts == detector.detect(pa.Table.from_pandas(frame), "2026-02-28", time="at")
    assert pickle.loads(pickle.dumps(detector)).detect(frame, "2026-02-28", time="at") == alerts
    assert {a.as_of for a in detector.detect(frame, "2026-02-28", since="2026-02-20", time="at")} == {"2026-02-28"}
    series = detector.series("0401", "110105002", 3)
    assert [d.day for d in series] == ["2026-02-26", "2026-02-27", "2026-02-28"] and series[-1].observed == 26
    ranked = detector.monthly(frame, "2026-02", time="at")
    assert ranked[0].code == "0401" and ranked[0].volume == 28 * 3 + 25
    gathered = jiesu.Events()
    for _, day in frame.groupby("at"):
        gathered.add(day, time="at")
    assert detector.detect(gathered, "2026-02-28") == alerts and gathered.span == ("2026-01-01", "2026-02-28")


def test_topics_holidays_and_the_other_statistic(tmp_path):
    frame = events()
    # Thinly over eight topics of one kind: only their parent shows it.
    kinds = [f"04{n:02}" for n in range(10, 18)]
    spread = pd.DataFrame([{"id": f"s{n}", "at": "2026-02-28", "area": "110105003", "topic": kinds[n % 8], "caller": f"s{n}"} for n in range(24)])
    usual = pd.DataFrame([{"id": f"u{d}{a}{k}", "at": f"2026-{m:02}-{d:02}", "area": f"11010500{a}", "topic": kinds[(d + k) % 8], "caller": f"u{m}{d}{a}{k}"}
                          for m in (1, 2) for d in range(1, 29) for a in (1, 2, 3) for k in (0, 1)])
    frame = pd.concat([frame, usual, spread])
    topics = pd.DataFrame([{"code": k, "parent": "04"} for k in kinds])
    file = tmp_path / "topics.csv"
    topics.to_csv(file, index=False)
    plain = jiesu.HotspotDetector().detect(frame, "2026-02-28", time="at")
    assert "04" not in {a.topic for a in plain}
    deep = jiesu.HotspotDetector(topics=topics)
    above = [a for a in deep.detect(frame, "2026-02-28", time="at") if a.topic == "04"]
    assert [a.areas for a in above if a.scope == "local"] == [["110105003"]]
    assert pickle.loads(pickle.dumps(deep)).detect(frame, "2026-02-28", time="at") == jiesu.HotspotDetector(topics=file).detect(frame, "2026-02-28", time="at")
    with pytest.raises(ValueError, match="above itself"):
        jiesu.HotspotDetector(topics=[("a", "", "b"), ("b", "", "a")])
    # A day off every week on which nobody calls is expected to be quiet.
    off = [f"2026-{m:02}-{d:02}" for m in (1, 2) for d in (7, 14, 21, 28)]
    quiet = frame[~frame["at"].isin(off[:-1])]
    series = {}
    for name, holidays in (("without", None), ("with", [(d, d, "holiday", "") for d in off])):
        detector = jiesu.HotspotDetector(holidays=holidays)
        detector.detect(quiet, "2026-02-28", time="at")
        series[name] = detector.series("0401", "110105001", 1)[0].expected
    assert series["with"] != series["without"]
    with pytest.raises(jiesu.JiesuError):
        jiesu.HotspotDetector(holidays=[("2026-02-30", "", "holiday", "")])
    assert [a.areas for a in jiesu.HotspotDetector(statistic="permutation").detect(events(), "2026-02-28", time="at") if a.scope == "local"] == [["110105002"]]
    with pytest.raises(ValueError, match="statistic is magic"):
        jiesu.HotspotDetector(statistic="magic")


def test_emerging_topics():
    watch = jiesu.EmergingTopics()
    assert watch.is_young and watch.last_day is None
    usual = ["小区停水两天了没人管", "路灯坏了晚上看不见", "楼上装修太吵影响休息", "公交车等了半小时不来", "垃圾桶满了没人清运", "物业乱收停车费"]
    strange = ["送货无人机天天从阳台外飞过太吵了", "无人机送快递在楼顶嗡嗡响", "配送无人机飞得太低吓到孩子", "送外卖的无人机在小区上空飞"]
    found = []
    for n in range(36):
        day = f"2026-{1 + n // 28:02}-{1 + n % 28:02}"
        rows = [{"id": f"{n}-{k}", "text": usual[(n + k) % 6] + "，" + ["请处理", "希望解决", "尽快", "投诉", "谢谢"][k % 5], "caller": f"u{n}-{k}"} for k in range(20)]
        if n >= 32:
            rows += [{"id": f"new{n}-{k}", "text": f"{place}{strange[k]}", "caller": f"n{n}-{k}"} for k, place in enumerate(["朝阳区望京街道", "海淀区上地街道", "丰台区右安门街道", "通州区梨园镇"])]
        if n == 33:
            watch = jiesu.EmergingTopics(watch.engine, state=watch.to_bytes())
        found += watch.update_day(day, pd.DataFrame(rows) if n % 2 else rows)
    assert not watch.is_young and watch.last_day == "2026-02-08"
    assert found and len({t.topic for t in found}) == 1 and "无人机" in found[-1].name and "无人机" in repr(found[-1]), found
    assert found[0].state == "new" and all(t.state == "ongoing" for t in found[1:])
    with pytest.raises(jiesu.JiesuError):
        watch.update_day("2026-02-08", [])
    with pytest.raises(ValueError, match="similarity"):
        jiesu.EmergingTopics(similarity=2)
    with pytest.raises(jiesu.BundleError):
        jiesu.EmergingTopics(state=b"nonsense")
    with pytest.raises(ValueError, match="datum"):
        watch.update_day("2026-02-09", [], datum="mars")


def test_bad_events():
    frame = events()
    detector = jiesu.HotspotDetector()
    with pytest.raises(KeyError, match="no column `time`.*id, at, area"):
        detector.detect(frame, "2026-02-28")
    with pytest.raises(KeyError, match="no column `day`"):
        detector.detect(frame, "2026-02-28", time="day")
    with pytest.raises(KeyError, match="an event has no `place`"):
        detector.detect(frame, "2026-02-28", place="area")
    with pytest.raises(TypeError, match="not list"):
        detector.detect([], "2026-02-28")
    with pytest.raises(ValueError, match="not a time"):
        detector.detect(frame, "soon", time="at")
    with pytest.raises(ValueError, match="since"):
        detector.detect(frame, "2026-02-01", since="2026-02-02", time="at")
    with pytest.raises(ValueError, match="window is 99"):
        jiesu.HotspotDetector(window=99)
    with pytest.raises(OSError):
        jiesu.HotspotDetector("/no/such.csv")
    frame.loc[3, "topic"] = None
    frame.loc[4, "at"] = "soon"
    gathered = jiesu.Events().add(frame, time="at")
    assert [row for row, _ in gathered.rejected] == [3, 4] and len(gathered) == len(frame) - 2
    empty = detector.detect(frame.iloc[:0], "2026-02-28", time="at")
    assert empty == [] and detector.monthly(frame.iloc[:0], "2026-02", time="at") == []
