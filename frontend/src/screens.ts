// What screens bring along. A module of its own: its style sheets must come after main.css, which orders the layers.
import.meta.glob("./styles/screens/*.css", { eager: true });
import.meta.glob("./screens/*.ts", { eager: true });
