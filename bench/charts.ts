import * as echarts from 'echarts';
import { STAND_IN, TITLES } from './report';
import { CANDIDATES, type Results, type Scenario, SCENARIOS } from './results';

const COLORS = ['#1f6feb', '#e16f24', '#8250df', '#2da44e', '#6e7781'];
const NAMES = CANDIDATES.map((candidate) => TITLES[candidate].replaceAll('`', ''));
const NAMES_OF_DEPLOYED = NAMES.map((name, i) => CANDIDATES[i] === 'native' ? `${name} (${STAND_IN})` : name);

function draw(option: echarts.EChartsCoreOption, height: number): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 860, height });
  chart.setOption({ animation: false, backgroundColor: '#ffffff', color: COLORS, textStyle: { fontFamily: 'sans-serif' }, ...option });
  const svg = `${chart.renderToSVGString()}\n`;
  chart.dispose(); // it would keep the process alive
  return svg;
}

/** Seconds of a deployment, by the state of the account. */
export function drawDeployments({ deployments }: Results): string {
  const scenarios = Object.keys(SCENARIOS) as Scenario[];
  return draw({
    title: { text: 'Seconds of a deployment', left: 'center' },
    legend: { top: 34, itemGap: 32, itemWidth: 16, data: NAMES_OF_DEPLOYED }, // room for fonts wider than the library reckons with
    grid: { left: 60, right: 20, top: 90, bottom: 40 },
    xAxis: { type: 'category', data: scenarios.map((scenario) => SCENARIOS[scenario]) },
    yAxis: { type: 'value', name: 's' },
    series: CANDIDATES.map((candidate, i) => ({
      type: 'bar',
      name: NAMES_OF_DEPLOYED[i],
      data: scenarios.map((scenario) => deployments[scenario][candidate].seconds ?? 0),
      label: { show: true, position: 'top', formatter: ({ value }: { value: number }) => value ? `${Math.round(value)}` : 'fails' },
    })),
  }, 420);
}

/** What each adds to an empty app. */
export function drawSynthesis({ synthesis: { off } }: Results): string {
  return draw({
    title: { text: 'Milliseconds added to an empty app', left: 'center' },
    grid: { left: 160, right: 60, top: 50, bottom: 40 },
    xAxis: { type: 'value', name: 'ms' },
    yAxis: { type: 'category', inverse: true, data: NAMES },
    series: [{ type: 'bar', data: CANDIDATES.map((candidate) => Math.round(off.added[candidate].total)), label: { show: true, position: 'right' } }],
  }, 300);
}
