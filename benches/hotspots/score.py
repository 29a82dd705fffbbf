"""What alarms found, and what was false."""


def score(city, alarms):
    """Found: an alarm of at most three areas that names a true area while the outbreak lasts. False: an episode (topic and area silent for a week
    before) that no outbreak of the topic explains from its start to a week after its end; siblings of a true area count as explained.
    Place: share of the first finding alarm's areas that are true."""
    hits, places, last, false = {}, {}, {}, 0
    by_topic = {}
    for i, o in enumerate(city.truth): by_topic.setdefault(o[1], []).append((i, o))
    for day, areas, topic, _ in sorted(alarms, key=lambda a: a[0]):
        explained = False
        for i, (true, _, start, length) in by_topic.get(topic, []):
            if not start <= day <= start + length + 6: continue
            near = {city.parents[a] for a in true}
            if any(city.parents[a] in near for a in areas): explained = True
            if set(areas) & set(true) and len(areas) <= 3 and day < start + length and i not in hits:
                hits[i], places[i] = day - start, len(set(areas) & set(true)) / len(areas)
        if not explained:
            false += all(day - last.get((topic, a), -99) > 7 for a in areas)
            for a in areas: last[topic, a] = day
    months = (city.days - city.first) / 30
    delays = sorted(hits.values())
    return dict(found=len(hits) / max(1, len(city.truth)), false=false / months, delay=delays[len(delays) // 2] if delays else None,
                place=sum(places.values()) / len(places) if places else None)


def curve(city, alarms, counts=(3, 6, 12, 25, 50, 100, 200, 400, 800, 1600)):
    """Scores with the n highest values alarming: every threshold in hindsight."""
    return [score(city, alarms[:n]) for n in counts if n <= len(alarms)]


def at(points, false):
    """The best of a curve with at most so many false alarms a month."""
    fit = [p for p in points if p['false'] <= false + 1e-9]
    return max(fit, key=lambda p: p['found']) if fit else None
