// Entry of the front end. A screen adds its own files under screens/ and styles/screens/; they are found by themselves.
import "@fontsource-variable/inter/wght.css";
import "./styles/main.css";
import "./htmx";
import "./clock";
import "./dialog";
import "./drafts";
import "./errors";
import "./keep";
import "./keys";
import "./live";
import "./menus";
import "./once";
import "./suggest";
import "./theme";
import "./toasts";
import "./screens";
